import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// TLS at the door: what is negotiated, who is let in, and that HTTP/1 behind it is as it is without.
@Suite struct TLSTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

  @Test func aRequestIsAnswered() async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(tls: .standard(in: folder)) { edge in
      let client = try await TLSClient.connect(port: edge.port, in: folder)
      client.send(Self.get)
      let outcome = try await client.outcome()
      #expect(outcome.text.hasPrefix("HTTP/1.1 200 OK\r\n") && outcome.text.hasSuffix("hello"))
      #expect(outcome.failure == nil && outcome.negotiated == "http/1.1")
    }
  }

  @Test(arguments: [["h2", "http/1.1"], ["http/1.1", "h2"], ["h2"]]) func whoKnowsHTTP2GetsIt(protocols: [String]) async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }, tls: .standard(in: folder)) { edge in
      let outcome = try await TLSClient.connect(port: edge.port, protocols: protocols, in: folder).outcome()
      #expect(outcome.negotiated == "h2")
      #expect(outcome.bytes.count > 9 && outcome.bytes[3] == 4, "settings come first")
    }
  }

  @Test(arguments: [[], ["http/1.0"]]) func whoDoesNotGetsHTTP1(protocols: [String]) async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(tls: .standard(in: folder)) { edge in
      let client = try await TLSClient.connect(port: edge.port, protocols: protocols, in: folder)
      client.send(Self.get)
      #expect(try await client.outcome().text.hasSuffix("hello"))
    }
  }

  @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0"])
  func whatIsNoHandshakeIsClosed(text: String) async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .seconds(1) }, tls: .standard(in: folder)) { edge in
      let (bytes, end) = try await edge.client { client in
        try client.send(text)
        return client.rest()
      }
      #expect(end != .timedOut)
      #expect(!String(decoding: bytes, as: UTF8.self).contains("HTTP"))
    }
  }

  @Test func aHandshakeThatDoesNotComeIsClosed() async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }, tls: .standard(in: folder)) { edge in
      let end = try await edge.client { $0.rest().end }
      #expect(end != .timedOut)
    }
  }

  @Test func aRequestThatDoesNotComeBehindTheHandshakeIsClosedToo() async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }, tls: .standard(in: folder)) { edge in
      let client = try await TLSClient.connect(port: edge.port, in: folder)
      client.send("GET / HT")
      #expect(try await client.outcome().text.hasPrefix("HTTP/1.1 408"))
    }
  }

  /// Whoever has said goodbye may still read.
  @Test func aHalfClosedClientGetsItsAnswer() async throws {
    let folder = try PEMFolder.standard()
    let (begun, release) = (Signal(), Signal())
    try await EdgeUnderTest.run(tls: .standard(in: folder)) { router in
      router.get("/wait") { _, _ in
        begun.fire()
        _ = await release.wait()
        return "late"
      }
    } _: { edge in
      let client = try await TLSClient.connect(port: edge.port, in: folder)
      client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await begun.wait())
      try await client.closeOutput()
      release.fire()
      #expect(try await client.outcome().text.hasSuffix("late"))
    }
  }

  @Test func whoLeavesHasTheRequestCancelled() async throws {
    let folder = try PEMFolder.standard()
    let (begun, cancelled) = (Signal(), Signal())
    try await EdgeUnderTest.run(tls: .standard(in: folder)) { router in
      router.get("/hang") { _, _ in
        begun.fire()
        try await hangs(cancelled)
        return "late"
      }
    } _: { edge in
      let client = try await TLSClient.connect(port: edge.port, in: folder)
      client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await begun.wait())
      try await client.leave()
      #expect(await cancelled.wait())
    }
  }

  @Test func anAnswerOfMegabytesComesWhole() async throws {
    let folder = try PEMFolder.standard()
    try await EdgeUnderTest.run(tls: .standard(in: folder)) { router in
      router.get("/long") { _, _ in
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 97, count: 8 * 1024 * 1024)))
      }
    } _: { edge in
      let client = try await TLSClient.connect(port: edge.port, in: folder)
      client.send("GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let outcome = try await client.outcome()
      #expect(outcome.bytes.suffix(8 * 1024 * 1024).allSatisfy { $0 == 97 } && outcome.bytes.count > 8 * 1024 * 1024)
    }
  }

  struct Showing: Sendable {
    let authentication: ServerTLS.ClientAuthentication
    let identity: String?
    let isLetIn: Bool
  }

  @Test(arguments: [
    Showing(authentication: .none, identity: nil, isLetIn: true),
    Showing(authentication: .none, identity: "other", isLetIn: true),
    Showing(authentication: .optional, identity: nil, isLetIn: true),
    Showing(authentication: .optional, identity: "client", isLetIn: true),
    Showing(authentication: .optional, identity: "other", isLetIn: false),
    Showing(authentication: .required, identity: nil, isLetIn: false),
    Showing(authentication: .required, identity: "client", isLetIn: true),
    Showing(authentication: .required, identity: "other", isLetIn: false),
  ]) func aClientIsLetInByItsCertificate(showing: Showing) async throws {
    let folder = try PEMFolder.standard()
    let tls = ServerTLS.standard(in: folder) {
      $0.clientAuthentication = showing.authentication
      $0.clientCAFile = folder.file("clients.pem")
    }
    try await EdgeUnderTest.run(tls: tls) { edge in
      let client = try await TLSClient.connect(port: edge.port, in: folder, identity: showing.identity)
      client.send(Self.get)
      let outcome = try await client.outcome()
      #expect(outcome.text.hasSuffix("hello") == showing.isLetIn)
      #expect((outcome.failure == nil) == showing.isLetIn)
    }
  }

  @Test func aNewCertificateIsShownToNewConnections() async throws {
    let folder = try PEMFolder.standard()
    let security = try ServerSecurity(.standard(in: folder))
    try await EdgeUnderTest.run(security: security) { edge in
      let old = try await TLSClient.connect(port: edge.port, in: folder)
      old.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      try folder.write(TestCertificates.other, to: "server.pem")
      try folder.write(TestCertificates.otherKey, to: "server.key")
      #expect(security.look() == .replaced)
      let new = try await TLSClient.connect(port: edge.port, in: folder)
      new.send(Self.get)
      let second = try await new.outcome()
      // The old one goes on.
      old.send(Self.get)
      let first = try await old.outcome()
      #expect(first.serial != nil && second.serial != nil && first.serial != second.serial)
      #expect(first.text.split(separator: "HTTP/1.1 200 OK").count == 2)
    }
  }
}
