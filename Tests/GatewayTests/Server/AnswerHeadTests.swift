import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Gateway

@Suite struct AnswerHeadTests {
  private static func head(
    _ response: Response, toHead: Bool = false, isHTTP11: Bool = true, keepsAlive: Bool = true
  ) -> String {
    var buffer = ByteBuffer()
    buffer.writeAnswerHead(
      response, framing: AnswerFraming(of: response, toHead: toHead, isHTTP11: isHTTP11),
      common: ByteBuffer(string: "Date: d\r\n"), keepsAlive: keepsAlive, isHTTP11: isHTTP11)
    return String(buffer: buffer)
  }

  private static let text = ResponseBody(byteBuffer: ByteBuffer(string: "hello"))
  private static let stream = ResponseBody { _ in }

  @Test func anAnswerSaysItsLengthOnce() {
    let response = Response(
      status: .ok, headers: [.contentType: "text/plain", .contentLength: "99", .date: "x"], body: Self.text)
    #expect(Self.head(response) == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nDate: d\r\n\r\n")
  }

  @Test func anAnswerToHeadSaysTheLengthThatGetWouldHave() {
    let response = Response(status: .ok, body: Self.text).createHeadResponse()
    #expect(Self.head(response, toHead: true) == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: d\r\n\r\n")
  }

  @Test(arguments: [HTTPResponse.Status.noContent, .notModified]) func someNeverHaveABody(status: HTTPResponse.Status) {
    let head = Self.head(Response(status: status, body: Self.text))
    #expect(head == "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nDate: d\r\n\r\n")
  }

  @Test func aStreamComesInChunksOrUntilTheEnd() {
    #expect(Self.head(Response(status: .ok, body: Self.stream)).contains("Transfer-Encoding: chunked\r\n"))
    let old = Self.head(Response(status: .ok, body: Self.stream), isHTTP11: false, keepsAlive: false)
    #expect(old == "HTTP/1.1 200 OK\r\nConnection: close\r\nDate: d\r\n\r\n")
  }

  @Test func aRouteDoesNotDecideAboutTheConnection() {
    let response = Response(
      status: .created, headers: [.connection: "close", .transferEncoding: "gzip", .server: "x"], body: Self.text)
    #expect(Self.head(response) == "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nDate: d\r\n\r\n")
    #expect(Self.head(response, isHTTP11: false).contains("Connection: keep-alive\r\n"))
  }

  @Test func aDateIsOneOfHTTP() {
    #expect(CommonFields.date(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(CommonFields.date(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
  }
}

@Suite struct OutboxTests {
  private static func buffer(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 1, count: count) }

  @Test func aBodyOfKnownLengthLeavesWhole() {
    var outbox = Outbox(framing: .length(6))
    #expect(outbox.add(Self.buffer(2)) == false)
    #expect(outbox.add(Self.buffer(4)) == false)
    #expect(outbox.end(hasBegun: false) == true)
    #expect(outbox.take().map(\.readableBytes) == [2, 4])
    #expect(outbox.take() == [])
  }

  @Test func aStreamLeavesInChunksAsItComes() {
    var outbox = Outbox(framing: .chunked)
    #expect(outbox.add(Self.buffer(26)) == true)
    #expect(outbox.take().map { $0.readableBytes } == [4, 26, 2])
    #expect(outbox.add(Self.buffer(0)) == false, "an empty chunk would be the end")
    #expect(outbox.end(hasBegun: true) == true)
    #expect(outbox.take().map { String(buffer: $0) } == ["0\r\n\r\n"])
  }

  @Test func aLongBodyDoesNotWaitForItsEndAndMustKeepItsWord() {
    var outbox = Outbox(framing: .length(Outbox.maxGathered + 9))
    #expect(outbox.add(Self.buffer(Outbox.maxGathered + 1)) == true)
    _ = outbox.take()
    #expect(outbox.add(Self.buffer(7)) == false)
    #expect(outbox.end(hasBegun: true) == false)
    _ = outbox.add(Self.buffer(1))
    #expect(outbox.end(hasBegun: true) == true)
  }

  @Test func noBodyIsNoBody() {
    var outbox = Outbox(framing: .none)
    #expect(outbox.add(Self.buffer(5)) == false)
    #expect(outbox.take() == [])
  }
}
