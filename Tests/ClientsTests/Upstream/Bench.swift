import EventLoops
import NIOCore
import NIOPosix
import Resilience
import Testing

@testable import Clients

/// One upstream's stack of policies on one loop, with a scripted server behind it. Belongs to its loop.
final class Bench {
  let stack: UpstreamStack
  let server: ScriptedServer
  let transport: Transport

  init(
    _ definition: UpstreamDefinition, _ server: ScriptedServer, _ instruments: CallInstruments = CallInstruments(upstream: "x"),
    on loop: any EventLoop
  ) throws {
    self.server = server
    transport = Transport(endpoint: definition.endpoint, limits: definition.limits, eventLoop: loop)
    let line = UpstreamLine(requests: try UpstreamRequests(definition, endpoint: definition.endpoint), transport: transport)
    stack = UpstreamStack(
      definition: definition, shared: SharedPolicies(definition.policies, instruments), lines: [line], on: loop)
  }

  var gate: CircuitGate { stack.gate }
  var slots: Slots { stack.slots }
  var connections: Int { transport.counts.open }
  /// Nothing is under way, nothing waits.
  var isAtRest: Bool { slots.inFlight == 0 && slots.queued == 0 && transport.counts.leased == 0 }

  /// Begins a call.
  ///
  /// - Parameter judgement: what the caller makes of an answer.
  func start(
    _ target: String = "/x", within time: TimeAmount = .seconds(30), judgement: CallFailure? = nil, isJudged: Bool = true,
    trail: SectionTrail? = nil
  ) -> Started {
    let started = Started(stack.eventLoop)
    var asked = UpstreamCall(method: .get, target: target, requestID: "r")
    asked.trail = trail
    let call = CallInFlight(asked, stack: stack, until: .now() + time) { call, outcome in
      if isJudged, outcome.failure == nil { call.judged(judgement) }
      started.ended(outcome)
    }
    started.call = call
    call.begin()
    return started
  }

  /// Makes a call and waits for its end.
  func outcome(within time: TimeAmount = .seconds(30), judgement: CallFailure? = nil) async -> CallInFlight.Outcome {
    await start(within: time, judgement: judgement).outcome()
  }

  /// Lets the loop look at its sockets until something holds.
  func until(_ condition: () -> Bool) async throws {
    while !condition() { try await stack.eventLoop.scheduleTask(in: .milliseconds(1)) {}.futureResult.get() }
  }
}

/// A call that was begun.
final class Started {
  fileprivate(set) var call: CallInFlight?
  /// How many times it was told of its end.
  private(set) var ends = 0
  private let promise: EventLoopPromise<CallInFlight.Outcome>

  init(_ loop: any EventLoop) { promise = loop.makePromise() }

  func outcome() async -> CallInFlight.Outcome {
    do {
      return try await promise.futureResult.get()
    } catch {
      Issue.record(error)
      return .failure(CallFailure(.cancelled))
    }
  }
  func cancel() { call?.cancel() }

  fileprivate func ended(_ outcome: CallInFlight.Outcome) {
    ends += 1
    // A call that nobody holds any more is gone.
    call = nil
    promise.succeed(outcome)
  }
}

/// A bench; `body` runs on its loop. Unless `change` says otherwise: three tries with next to no pause, a breaker that opens after a
/// thousand failures and stays open, no other limit that a test would meet.
func withBench(
  _ script: @escaping @Sendable (Int) -> [ScriptedServer.Step],
  _ change: @escaping @Sendable (inout UpstreamDefinition) -> Void = { _ in },
  instruments: CallInstruments = CallInstruments(upstream: "x"),
  _ body: @escaping @Sendable (Bench) async throws -> Void
) async throws {
  let server = try await ScriptedServer.start(script: script)
  try await onLoop { loop in
    var definition = UpstreamDefinition.forTests(port: server.port)
    change(&definition)
    let bench = try Bench(definition, server, instruments, on: loop)
    defer { bench.transport.shutDown() }
    try await body(bench)
  }
  try await server.stop()
}

func withBench(
  _ steps: [ScriptedServer.Step], _ change: @escaping @Sendable (inout UpstreamDefinition) -> Void = { _ in },
  instruments: CallInstruments = CallInstruments(upstream: "x"), _ body: @escaping @Sendable (Bench) async throws -> Void
) async throws {
  try await withBench({ _ in steps }, change, instruments: instruments, body)
}

extension UpstreamDefinition {
  static func forTests(port: Int) -> UpstreamDefinition {
    var definition = UpstreamDefinition(
      name: "x", label: "x", endpoint: Endpoint(host: "127.0.0.1", port: port), attemptTimeout: .seconds(20), limits: .patient)
    definition.policies.retry.backoff = Backoff(base: .milliseconds(1), maximum: .milliseconds(1))
    definition.policies.breaker.consecutiveFailures = 1000
    definition.policies.breaker.minimumCalls = 1000
    definition.policies.breaker.openFor = .seconds(300)
    definition.policies.breaker.jitter = 0
    return definition
  }
}

extension ScriptedServer.Step {
  /// Answers one request after another.
  static func answers(_ texts: [String]) -> [ScriptedServer.Step] { texts.flatMap { [.request, .send($0)] } + [.pause] }
}

extension [ScriptedServer.Event] {
  /// The requests, as they came.
  var requests: [String] {
    compactMap { if case .request(_, let text) = $0 { text } else { nil } }
  }
  var accepted: Int { count { if case .accepted = $0 { true } else { false } } }
}

extension CallInFlight.Outcome {
  var text: String? { (try? get()).map { String(buffer: $0.body) } }
  var reason: CallFailure.Reason? { failure?.reason }
}

/// A response without a body; `fields` end with a line end each.
func response(_ status: Int, _ fields: String = "") -> String { "HTTP/1.1 \(status) X\r\n\(fields)content-length: 0\r\n\r\n" }

let hi = ok.replacing("ok", with: "hi")
