import NIOCore
import Testing

@testable import Gateway

@Suite struct ServerSentEventTests {
  private func text(_ event: ServerSentEvent) -> String {
    String(decoding: event.pieces.flatMap { Array($0.readableBytesView) }, as: UTF8.self)
  }

  private func data(_ parts: String...) -> [ByteBuffer] { parts.map { ByteBuffer(string: $0) } }

  @Test func eachFieldHasALineAndABlankOneEndsTheEvent() {
    let event = ServerSentEvent(name: "section", id: "1.-", retry: 2000, data: data("{}"))
    #expect(text(event) == "retry: 2000\nid: 1.-\nevent: section\ndata: {}\n\n")
  }

  @Test func withoutDataThereIsNoLineOfData() {
    #expect(text(ServerSentEvent(retry: 5)) == "retry: 5\n\n")
  }

  @Test func dataOfSeveralPartsIsOneText() {
    #expect(text(ServerSentEvent(data: data("[1", ",2", "]"))) == "data: [1,2]\n\n")
  }

  @Test(arguments: ["{\n}", "{\r\n}", "{\r}"]) func eachLineOfDataIsALineOfItsOwn(json: String) {
    #expect(text(ServerSentEvent(data: data(json))) == "data: {\ndata: }\n\n")
  }

  @Test func aLineEndThatIsCutInTwoIsOne() {
    #expect(text(ServerSentEvent(data: data("{\r", "\n}"))) == "data: {\ndata: }\n\n")
    #expect(text(ServerSentEvent(data: data("{\r", "", "\r}"))) == "data: {\ndata: \ndata: }\n\n")
    #expect(text(ServerSentEvent(data: data("{\r", "1", "\n}"))) == "data: {\ndata: 1\ndata: }\n\n")
  }

  @Test func aBigPartWithoutLineEndsIsNotCopied() {
    let body = ByteBuffer(string: String(repeating: "x", count: 10_000))
    let pieces = ServerSentEvent(name: "section", data: data("{\"data\":") + [body] + data("}")).pieces
    #expect(pieces.map(\.readableBytes) == ["event: section\ndata: {\"data\":".utf8.count, 10_000, 3])
    #expect(pieces[1].storageAddress == body.storageAddress)
  }

  @Test func aBigPartWithLineEndsIsTheSameText() {
    let body = String(repeating: "{\n}\r\n", count: 4000)
    let expected = "data: " + String(repeating: "{\ndata: }\ndata: ", count: 4000) + "\n\n"
    #expect(text(ServerSentEvent(data: data(body))) == expected)
  }

  @Test(arguments: [10, 4096, 4097, 100_000]) func aChunkIsTheEventWithItsLength(size: Int) {
    let bytes = EventBytes(ServerSentEvent(data: data(String(repeating: "x", count: size))))
    let plain = bytes.plain.flatMap { Array($0.readableBytesView) }
    let chunked = bytes.chunked.flatMap { Array($0.readableBytesView) }
    #expect(bytes.length == plain.count)
    #expect(chunked == Array(String(plain.count, radix: 16).utf8) + Array("\r\n".utf8) + plain + Array("\r\n".utf8))
  }
}

extension ByteBuffer {
  fileprivate var storageAddress: UnsafeRawPointer? { withUnsafeReadableBytes { $0.baseAddress } }
}
