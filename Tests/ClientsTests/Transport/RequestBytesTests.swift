import NIOCore
import NIOHTTP1
import Testing

@testable import Clients

struct RequestBytesTests {
  private func text(_ request: HTTPExchangeRequest) throws -> String { String(buffer: try request.bytes(authority: "a:1")) }

  @Test func aRequestWithoutABody() throws {
    let request = HTTPExchangeRequest(target: "/a?b=c", headers: ["accept": "*/*"])
    #expect(try text(request) == "GET /a?b=c HTTP/1.1\r\naccept: */*\r\nhost: a:1\r\n\r\n")
  }

  @Test func aRequestWithABody() throws {
    let request = HTTPExchangeRequest(method: .POST, target: "/", headers: ["Host": "b"], body: ByteBuffer(string: "{}"))
    #expect(try text(request) == "POST / HTTP/1.1\r\nHost: b\r\ncontent-length: 2\r\n\r\n{}")
  }

  @Test func aPostWithoutABodySaysSo() throws {
    #expect(try text(HTTPExchangeRequest(method: .POST, target: "/")).hasSuffix("content-length: 0\r\n\r\n"))
  }

  @Test func theFramingIsOurs() throws {
    let headers: HTTPHeaders = ["Transfer-Encoding": "chunked", "Content-Length": "7", "x": ""]
    #expect(try text(HTTPExchangeRequest(target: "/", headers: headers)) == "GET / HTTP/1.1\r\nx: \r\nhost: a:1\r\n\r\n")
  }

  @Test(arguments: [
    HTTPExchangeRequest(target: ""), HTTPExchangeRequest(target: "/a b"), HTTPExchangeRequest(target: "/\r\nx: y"),
    HTTPExchangeRequest(target: "/", headers: ["a\r\nb": "c"]), HTTPExchangeRequest(target: "/", headers: ["": "c"]),
    HTTPExchangeRequest(target: "/", headers: ["a:b": "c"]), HTTPExchangeRequest(target: "/", headers: ["a": "b\nc: d"]),
    HTTPExchangeRequest(target: "/", headers: ["a": "b\u{0}"]), HTTPExchangeRequest(method: .RAW(value: "A B"), target: "/"),
  ])
  func whatCouldBeReadAsSomethingElseIsNotSent(request: HTTPExchangeRequest) {
    #expect(throws: TransportError.invalidRequest) { try request.bytes(authority: "a") }
  }

  @Test func theAuthorityNamesThePortWhereItMust() {
    #expect(Endpoint(host: "a", port: 80).authority == "a")
    #expect(Endpoint(scheme: .https, host: "a", port: 443).authority == "a")
    #expect(Endpoint(scheme: .https, host: "a", port: 80).authority == "a:80")
    #expect(Endpoint(host: "::1", port: 8080).authority == "[::1]:8080")
  }
}
