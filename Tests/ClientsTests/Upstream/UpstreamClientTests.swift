import EventLoops
import NIOCore
import NIOPosix
import Resilience
import Testing

@testable import Clients

/// One upstream as the whole process has it: on every loop.
@Suite(.timeLimit(.minutes(1))) struct UpstreamClientTests {
  @Test func whatOneLoopLearnsHoldsForAll() async throws {
    let script = ScriptedServer.Step.answers([String](repeating: response(500), count: 20))
    try await withClient({ _ in script }) {
      $0.policies.retry = .never
      $0.policies.breaker.consecutiveFailures = 8
    } _: { client, loops, server in
      for loop in loops {
        for _ in 0..<2 { #expect(await outcome(client, on: loop).reason == .serverError) }
      }
      #expect(client.circuit == .open)
      for loop in loops { #expect(await outcome(client, on: loop).reason == .circuitOpen) }
      #expect(await server.history().requests.count == 8)
    }
  }

  @Test func theLimitIsOneForAllLoops() async throws {
    try await withClient({ _ in [.request, .pause, .send(ok), .pause] }) {
      $0.policies.concurrency = .upTo(2, queue: 1)
    } _: { client, loops, server in
      async let first = outcome(client, on: loops[0])
      await server.event(.paused(0))
      async let second = outcome(client, on: loops[1])
      await server.event(.paused(1))
      async let third = outcome(client, on: loops[2], within: .milliseconds(300))
      #expect(await third.reason == .queueTimeout)
      server.resume()
      #expect(await first.text == "ok")
      #expect(await second.text == "ok")
    }
  }

  @Test func aCancelledTaskCancelsItsCall() async throws {
    try await withClient({ _ in [.request, .pause] }) { client, loops, server in
      let task = Task { await outcome(client, on: loops[0]) }
      await server.event(.paused(0))
      task.cancel()
      #expect(await task.value.reason == .cancelled)
      await server.event(.closed(0))
      #expect(client.circuit == .closed)
    }
  }

  @Test func aCancelledTaskAsksNothing() async throws {
    try await withClient({ _ in [] }) { client, loops, server in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await outcome(client, on: loops[0])
      }
      #expect(await task.value.reason == .cancelled)
      #expect(await server.history() == [])
    }
  }

  @Test func shuttingDownEndsTheCallsOfAllLoops() async throws {
    try await withClient({ _ in [.request, .pause] }) {
      $0.policies.concurrency.maximum = 2
    } _: { client, loops, server in
      await withTaskGroup(of: CallInFlight.Outcome.self) { tasks in
        for index in 0..<40 { tasks.addTask { await outcome(client, on: loops[index % loops.count]) } }
        for _ in 0..<2 { await server.event { if case .paused = $0 { true } else { false } } }
        do { try await client.shutDown() } catch { Issue.record(error) }
        for await outcome in tasks { #expect(outcome.reason == .cancelled) }
      }
    }
  }

  /// A client of four loops.
  private func withClient(
    _ script: @escaping @Sendable (Int) -> [ScriptedServer.Step],
    _ change: (inout UpstreamDefinition) -> Void = { _ in },
    _ body: (UpstreamClient, [any EventLoop], ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ScriptedServer.start(script: script)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)
    var definition = UpstreamDefinition.forTests(port: server.port)
    change(&definition)
    let client = try await UpstreamClient(definition, on: group)
    try await body(client, Array(group.makeIterator()), server)
    try await client.shutDown()
    try await group.shutdownGracefully()
    try await server.stop()
  }
}

/// Asks on a loop.
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
