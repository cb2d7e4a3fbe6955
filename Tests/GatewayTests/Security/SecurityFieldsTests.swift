import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Gateway

@Suite struct SecurityFieldsTests {
  @Test func everyAnswerHasThemOnce() async throws {
    try await EdgeUnderTest.run { edge in
      for request in [
        "GET / HTTP/1.1\r\nhost: test\r\n\r\n", "GET /nothing HTTP/1.1\r\nhost: test\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: test\r\n\r\n",
        "nonsense\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "HEAD / HTTP/1.1\r\nhost: test\r\n\r\n",
      ] {
        let head = try await edge.client { client in
          try client.send(request)
          return try client.head()
        }
        for (name, value) in SecurityFields.all(isTLS: false) {
          #expect(head.components(separatedBy: "\r\n\(name): \(value)\r\n").count == 2, "\(request) \(name)")
        }
        #expect(!head.contains("Strict-Transport-Security"))
      }
    }
  }

  @Test func onlyTLSIsAskedForAgain() {
    #expect(String(buffer: CommonFields(isTLS: true).bytes).contains("\r\nStrict-Transport-Security: max-age=31536000\r\n"))
    #expect(!String(buffer: CommonFields().bytes).contains("Strict-Transport-Security"))
  }
}
