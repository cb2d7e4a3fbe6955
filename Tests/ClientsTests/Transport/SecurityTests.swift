import EventLoops
import NIOCore
import NIOSSL
import TestSupport
import Testing

@testable import Clients

@Suite(.timeLimit(.minutes(1))) struct SecurityTests {
  private func results(
    host: String = "localhost", certificate: String = TestCertificates.good, key: String = TestCertificates.goodKey,
    client: NIOSSLContext?, steps: [ScriptedServer.Step] = [.request, .send(ok), .request, .send(ok), .pause], count: Int = 1
  ) async throws -> [Result<HTTPExchangeResponse, TransportError>] {
    let server = try await ScriptedServer.start(tls: TestCertificates.server(certificate, key)) { _ in steps }
    let results = try await onLoop { loop in
      let endpoint = Endpoint(scheme: .https, host: host, port: server.port)
      let transport = Transport(endpoint: endpoint, limits: .patient, tls: client, eventLoop: loop)
      defer { transport.shutDown() }
      var results: [Result<HTTPExchangeResponse, TransportError>] = []
      for _ in 0..<count { results.append(await transport.result()) }
      if results.allSatisfy({ $0.error == nil }), steps.count == 5 { #expect(transport.counts.open == 1) }
      return results
    }
    try await server.stop()
    return results
  }

  @Test(arguments: ["localhost", "127.0.0.1"]) func aVerifiedPeerIsTalkedTo(host: String) async throws {
    let results = try await results(host: host, client: TestCertificates.client(), count: 2)
    #expect(results.map(\.text) == ["ok", "ok"])
  }

  @Test(arguments: ["localhost", "127.0.0.1"]) func aPeerOfAnotherNameIsRefused(host: String) async throws {
    let (certificate, key) = (TestCertificates.other, TestCertificates.otherKey)
    let results = try await results(host: host, certificate: certificate, key: key, client: TestCertificates.client())
    #expect(results.map(\.error) == [.tlsFailed])
  }

  @Test func aPeerOfAnUnknownAuthorityIsRefused() async throws {
    #expect(try await results(client: TransportSecurity.context()).map(\.error) == [.tlsFailed])
  }

  @Test func withoutAContextNothingIsSent() async throws {
    #expect(try await results(client: nil).map(\.error) == [.tlsFailed])
  }

  @Test func aPeerWithoutTLSIsRefused() async throws {
    try await withServer([.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .pause]) { plain, server in
      let endpoint = Endpoint(scheme: .https, host: "127.0.0.1", port: server.port)
      let tls = try TestCertificates.client()
      let transport = Transport(endpoint: endpoint, limits: .patient, tls: tls, eventLoop: plain.eventLoop)
      #expect(await transport.result().error == .tlsFailed)
    }
  }

  @Test func aHandshakeThatHangsEndsWithTheDeadline() async throws {
    try await withServer([.pause]) { plain, server in
      let endpoint = Endpoint(scheme: .https, host: "127.0.0.1", port: server.port)
      var limits = TransportLimits.patient
      limits.idleTimeout = .milliseconds(50)  // The deadline may come before the connection.
      let tls = try TestCertificates.client()
      let transport = Transport(endpoint: endpoint, limits: limits, tls: tls, eventLoop: plain.eventLoop)
      #expect(await transport.result(within: .milliseconds(50)).error == .timeout)
      await server.event(.closed(0))
    }
  }

  @Test func aConnectionClosedUnderUsIsReplacedUnnoticed() async throws {
    let results = try await results(client: TestCertificates.client(), steps: [.request, .send(ok), .close], count: 20)
    #expect(results.allSatisfy { $0.text == "ok" })
  }

  @Test func aBodyThatEndsEarlyIsTruncated() async throws {
    let steps: [ScriptedServer.Step] = [.request, .send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhe"), .close]
    #expect(try await results(client: TestCertificates.client(), steps: steps).map(\.error) == [.truncated])
  }
}
