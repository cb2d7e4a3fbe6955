import NIOCore
import Testing

@testable import Clients

/// Real sockets on several loopback addresses behind one name.
@Suite(.timeLimit(.minutes(1))) struct AddressUseTests {
  /// Answers every connection once, and closes it.
  private func server(_ name: String, host: String = "127.0.0.1", port: Int = 0) async throws -> ScriptedServer {
    try await .start(host: host, port: port) { _ in
      [.request, .send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\n\(name)"), .close]
    }
  }

  /// A transport to a name that has these addresses; `body` runs on its loop.
  private func withName(
    _ addresses: [String], port: Int, limits: TransportLimits = .patient,
    _ body: @escaping @Sendable (Transport, FakeResolver) async throws -> Void
  ) async throws {
    let resolver = FakeResolver(["name.test": .addresses(addresses)])
    try await onLoop { loop in
      let transport = Transport(
        endpoint: Endpoint(host: "name.test", port: port), limits: limits, eventLoop: loop, lookup: resolver.lookup())
      defer { transport.shutDown() }
      try await body(transport, resolver)
    }
  }

  @Test func connectionsSpreadOverTheAddressesOfAName() async throws {
    let first = try await server("1")
    let second = try await server("2", host: "127.0.0.2", port: first.port)
    try await withName(["127.0.0.1", "127.0.0.2"], port: first.port) { transport, resolver in
      var served: [String: Int] = [:]
      for _ in 0..<6 { served[try #require(await transport.result().text), default: 0] += 1 }
      #expect(served == ["1": 3, "2": 3])
      #expect(resolver.questions("name.test") == 1)
    }
    try await first.stop()
    try await second.stop()
  }

  @Test func anAddressThatRefusesMakesWayForTheNext() async throws {
    let server = try await server("1")
    try await withName(["127.0.0.2", "127.0.0.3", "127.0.0.1"], port: server.port) { transport, _ in
      for _ in 0..<6 { #expect(await transport.result().text == "1") }
    }
    try await server.stop()
  }

  @Test func anAddressThatDoesNotAnswerMakesWayForTheNext() async throws {
    let server = try await server("1")
    let silent = try SilentListener(host: "127.0.0.2", port: server.port)
    defer { silent.close() }
    try await withName(["127.0.0.2", "127.0.0.1"], port: server.port) { transport, _ in
      for _ in 0..<8 { #expect(await transport.result(within: .seconds(30)).text == "1") }
    }
    try await server.stop()
  }

  @Test func aNameWhoseAddressesAllRefuseIsDecidedAtOnce() async throws {
    let server = try await server("1")
    try await server.stop()
    try await withName(["127.0.0.1", "127.0.0.2", "::1"], port: server.port) { transport, _ in
      let start = NIODeadline.now()
      #expect(await transport.result(within: .seconds(30)).error == .connectRefused)
      #expect(NIODeadline.now() - start < .seconds(1))
      #expect(transport.counts.open == 0)
    }
  }

  @Test func whereNoAddressAnswersTheConnectTimeoutEndsIt() async throws {
    let first = try SilentListener()
    let second = try SilentListener(host: "127.0.0.2", port: first.port)
    defer {
      first.close()
      second.close()
    }
    var limits = TransportLimits.patient
    limits.connectTimeout = .milliseconds(60)
    try await withName(["127.0.0.1", "127.0.0.2"], port: first.port, limits: limits) { transport, _ in
      #expect(await transport.result(within: .seconds(30)).error == .connectTimeout)
      #expect(transport.counts.open == 0)
    }
  }

  @Test func aNameThatHasMovedIsFollowed() async throws {
    let old = try await server("1")
    let new = try await server("2", host: "127.0.0.2", port: old.port)
    try await withName(["127.0.0.1"], port: old.port) { transport, resolver in
      #expect(await transport.result().text == "1")
      try await old.stop()
      resolver.say(.addresses(["127.0.0.2"]), of: "name.test")
      #expect(await transport.result().error == .connectRefused)
      #expect(resolver.questions("name.test") == 1)
      resolver.advance(.seconds(1))
      #expect(await transport.result().error == .connectRefused)
      #expect(await transport.result().text == "2")
      #expect(resolver.questions("name.test") == 2)
    }
    try await new.stop()
  }

  @Test func aNameThatIsNotAnsweredEndsAtTheDeadlineAndHoldsUpNoOther() async throws {
    let server = try await server("1")
    let resolver = FakeResolver(["hangs.test": .hangs, "name.test": .addresses(["127.0.0.1"])])
    try await onLoop { loop in
      let lookup = resolver.lookup()
      let transports = ["hangs.test", "name.test"].map {
        Transport(endpoint: Endpoint(host: $0, port: server.port), limits: .patient, eventLoop: loop, lookup: lookup)
      }
      defer { for transport in transports { transport.shutDown() } }
      let hanging = Task { await transports[0].result(within: .seconds(30)) }
      while transports[0].counts.waiting == 0 { await Task.yield() }
      #expect(await transports[1].result().text == "1")
      #expect(await transports[0].result(within: .milliseconds(40)).error == .timeout)
      #expect(await transports[1].result().text == "1")
      hanging.cancel()
      #expect(await hanging.value.error == .cancelled)
      #expect(resolver.questions("hangs.test") == 1)
      // The answer is used as soon as there is one.
      resolver.letGo("hangs.test", .addresses(["127.0.0.1"]))
      #expect(await transports[0].result().text == "1")
    }
    try await server.stop()
  }

  @Test func anUnknownNameSaysSo() async throws {
    try await withName([], port: 80) { transport, _ in
      let error = await transport.result().error
      #expect(error == .connectFailed && error?.cause is UnknownHost)
    }
  }

  @Test(arguments: ["127.0.0.1", "::1"], ["localhost", "LocalHost."])
  func localhostIsBothLoopbackAddressesAndNobodyIsAsked(address: String, name: String) async throws {
    guard let server = try? await server("1", host: address) else {
      try #require(address == "::1", "a machine without IPv6 still has 127.0.0.1")
      return
    }
    let resolver = FakeResolver([:])
    try await onLoop { loop in
      let transport = Transport(
        endpoint: Endpoint(host: name, port: server.port), limits: .patient, eventLoop: loop, lookup: resolver.lookup())
      defer { transport.shutDown() }
      for _ in 0..<4 { #expect(await transport.result().text == "1") }
      #expect(resolver.questions(name) == 0)
    }
    try await server.stop()
  }
}
