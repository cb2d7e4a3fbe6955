import EventLoops
import NIOCore
import NIOPosix
import Resilience
import Settings
import Testing

@testable import Clients

/// A service account that signs in, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct SignInTests {
  private static let secret = #"{"email":"gateway@example.com","password":"canary"}"#

  private static func answer(_ token: String) -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: \(token.utf8.count)\r\n\r\n\(token)"
  }

  /// A client of some loops, for which the body of an answer is the token.
  private func withClient(
    loops: Int = 1, pause: Duration = .seconds(3600), _ script: @escaping @Sendable (Int) -> [ScriptedServer.Step],
    _ body: (UpstreamClient, [any EventLoop], ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ScriptedServer.start(script: script)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    var definition = UpstreamDefinition.forTests(port: server.port)
    definition.pathPrefix = "/base"
    var rule = SignInRule(path: "/login", body: Secret(Self.secret), member: "token")
    rule.pause = pause
    definition.identity = .signIn(rule)
    let client = try await UpstreamClient(definition, on: group) { body, member in
      body.readableBytes > 0 && member == "token" ? String(buffer: body) : nil
    }
    try await body(client, Array(group.makeIterator()), server)
    try await client.shutDown()
    try await group.shutdownGracefully()
    try await server.stop()
  }

  private func outcome(
    _ client: UpstreamClient, on loop: any EventLoop, within time: TimeAmount = .seconds(30)
  ) async -> CallInFlight.Outcome {
    let call = UpstreamCall(method: .get, target: "/x", requestID: "r")
    do throws(CallFailure) {
      return .success(
        try await EventLoopExecutor(loop).run { () async throws(CallFailure) in
          try await client.call(call, on: loop, until: .now() + time)
        })
    } catch {
      return .failure(error)
    }
  }

  @Test func aTokenIsFetchedOnceAndSentWithEveryCall() async throws {
    let script = ScriptedServer.Step.answers([Self.answer("one"), ok, ok, ok])
    try await withClient({ _ in script }) { client, loops, server in
      for _ in 0..<3 { #expect(await outcome(client, on: loops[0]).text == "ok") }
      let requests = await server.history().requests
      #expect(requests.count == 4)
      #expect(requests[0].hasPrefix("POST /base/login HTTP/1.1\r\n") && requests[0].hasSuffix("\r\n\r\n\(Self.secret)"))
      #expect(requests[0].contains("\r\ncontent-type: application/json\r\n") && !requests[0].contains("authorization"))
      for request in requests.dropFirst() {
        #expect(request.hasPrefix("GET /base/x ") && request.contains("\r\nauthorization: Bearer one\r\n"))
        #expect(!request.contains("canary"))
      }
    }
  }

  @Test(arguments: [401, 403]) func aRefusedTokenIsReplacedAndTheCallMadeAgain(status: Int) async throws {
    let script = ScriptedServer.Step.answers([Self.answer("one"), ok, response(status), Self.answer("two"), ok, ok])
    try await withClient(pause: .zero, { _ in script }) { client, loops, server in
      for _ in 0..<3 { #expect(await outcome(client, on: loops[0]).text == "ok") }
      let requests = await server.history().requests
      #expect(requests.map { $0.hasPrefix("POST") } == [true, false, false, true, false, false])
      #expect(requests.map { $0.contains("Bearer two") } == [false, false, false, false, true, true])
      #expect(client.circuit == .closed)
    }
  }

  @Test func whoIsRefusedWithAnotherTokenTooIsUnauthorized() async throws {
    let script = ScriptedServer.Step.answers([Self.answer("one"), response(403), Self.answer("two"), response(403)])
    try await withClient(pause: .zero, { _ in script }) { client, loops, server in
      #expect(await outcome(client, on: loops[0]).reason == .unauthorized)
      #expect(await server.history().requests.count == 4)
    }
  }

  @Test func withinThePauseARefusalIsOne() async throws {
    let script = ScriptedServer.Step.answers([Self.answer("one"), response(403), response(403), ok])
    try await withClient({ _ in script }) { client, loops, server in
      for _ in 0..<2 { #expect(await outcome(client, on: loops[0]).reason == .unauthorized) }
      #expect(await outcome(client, on: loops[0]).text == "ok")
      #expect(await server.history().requests.count { $0.hasPrefix("POST") } == 1)
    }
  }

  @Test(arguments: [
    (response(401), CallFailure.Reason.unauthorized), (response(500), .serverError), (response(200), .wrongShape),
  ])
  func withoutATokenNobodyIsAsked(answer: String, reason: CallFailure.Reason) async throws {
    try await withClient({ _ in ScriptedServer.Step.answers([answer]) }) { client, loops, server in
      for _ in 0..<3 { #expect(await outcome(client, on: loops[0]).reason == reason) }
      #expect(await server.history().requests.count == 1)
    }
  }

  @Test func allLoopsWaitForOneSignIn() async throws {
    let calls = 24
    let answers = ScriptedServer.Step.answers([String](repeating: ok, count: calls))
    try await withClient(
      loops: 4, { $0 == 0 ? [.request, .pause, .send(Self.answer("one"))] + answers : answers }
    ) { client, loops, server in
      await withTaskGroup(of: CallInFlight.Outcome.self) { tasks in
        for number in 0..<calls { tasks.addTask { await outcome(client, on: loops[number % 4]) } }
        await server.event(.paused(0))
        server.resume()
        for await outcome in tasks { #expect(outcome.text == "ok") }
      }
      // The sign-in has been looked past already.
      let requests = await server.history().requests
      #expect(requests.count == calls && requests.allSatisfy { $0.contains("Bearer one") })
    }
  }

  @Test func nobodyWaitsForATokenBeyondItsDeadlineOrWhenItHasLeft() async throws {
    try await withClient({ _ in [.request, .pause] }) { client, loops, server in
      async let late = outcome(client, on: loops[0], within: .milliseconds(50))
      await server.event(.paused(0))
      let leaving = Task { await outcome(client, on: loops[0]) }
      #expect(await late.reason == .timeout)
      leaving.cancel()
      #expect(await leaving.value.reason == .cancelled)
      #expect(client.circuit == .closed)
    }
  }

  @Test func aProbeBringsNoToken() async throws {
    try await withClient({ _ in ScriptedServer.Step.answers([ok]) }) { client, loops, server in
      try await loops[0].flatSubmit {
        let promise = loops[0].makePromise(of: Void.self)
        client.probe(on: loops[0], until: .now() + .seconds(10)) { promise.succeed() }
        return promise.futureResult
      }.get()
      let requests = await server.history().requests
      #expect(requests.count == 1 && !requests[0].contains("authorization"))
    }
  }
}
