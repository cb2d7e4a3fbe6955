import Resilience
import Testing

@testable import Clients

/// The breaker, the budget and the memory of `Retry-After` as calls meet them. Time is passed in.
@Suite struct CircuitGateTests {
  private let gate = CircuitGate(UpstreamPolicies())
  /// Past the longest that the breaker stays open.
  private let afterOpen = Instant.seconds(100 + 6)

  @Test func aClosedGateAdmitsEverybody() throws {
    for _ in 0..<1000 {
      #expect(try !gate.admit(at: .start, isFirst: true).get().isProbe)
    }
    #expect(gate.word == .closed)
  }

  @Test func itOpensWithinTwentyFailures() {
    fail(20)
    #expect(gate.word == .open)
    #expect(gate.refusal == CallFailure(.circuitOpen))
    #expect(gate.refusal?.status == .unavailable)
  }

  @Test func whatWentWellBeforeDoesNotKeepItClosed() {
    succeed(100)
    fail(20)
    #expect(gate.word == .open)
  }

  /// Successes are only counted where they happen; they must be handed in before a failure is judged.
  @Test func aFailureNowAndThenDoesNotOpenIt() {
    succeed(100)
    for _ in 0..<15 {
      fail(1)
      succeed(1)
    }
    #expect(gate.word == .closed)
    fail(4)
    succeed(1)
    fail(15)
    #expect(gate.word == .closed)
  }

  @Test func aFailureFromBeforeItOpenedDoesNotCountAfterIt() throws {
    let early = try (0..<20).map { _ in try gate.admit(at: .start, isFirst: true).get() }
    fail(20)
    try heal()
    for permit in early { gate.failed(permit, at: afterOpen) }
    #expect(gate.word == .closed)
  }

  /// Nor does a success: what failed since then would look like a small share.
  @Test func aSuccessFromBeforeItOpenedDoesNotCountAfterIt() throws {
    var policies = UpstreamPolicies()
    policies.breaker.consecutiveFailures = 100_000
    let gate = CircuitGate(policies)
    for _ in 0..<100 { gate.failed(.closed(at: .start), at: .start) }
    try #require(gate.word == .open)
    for _ in 0..<1000 { gate.succeeded(.closed(at: .start), at: .start) }
    for _ in 0..<5 { gate.succeeded(try gate.admit(at: afterOpen, isFirst: true).get(), at: afterOpen) }
    try #require(gate.word == .closed)
    for _ in 0..<100 { gate.failed(.closed(at: afterOpen), at: afterOpen) }
    #expect(gate.word == .open)
  }

  @Test func onlySoManyProbesGoThroughAndGoodOnesCloseIt() throws {
    fail(20)
    let probes = try probe(5)
    #expect(gate.word == .halfOpen)
    #expect(gate.refusal(at: afterOpen) == CallFailure(.circuitOpen))
    for probe in probes {
      #expect(gate.word == .halfOpen)
      gate.succeeded(probe, at: afterOpen)
    }
    #expect(gate.word == .closed)
    #expect(gate.refusal(at: afterOpen) == nil)
  }

  @Test func oneBadProbeOpensItAgain() throws {
    fail(20)
    let probes = try probe(5)
    gate.succeeded(probes[0], at: afterOpen)
    gate.failed(probes[1], at: afterOpen)
    for probe in probes[2...] { gate.succeeded(probe, at: afterOpen) }
    #expect(gate.word == .open)
    #expect(gate.refusal(at: afterOpen) == CallFailure(.circuitOpen))
  }

  @Test func anAbandonedProbeGivesItsPlaceBack() throws {
    fail(20)
    for _ in 0..<100 {
      for probe in try probe(5) { gate.abandoned(probe, at: afterOpen) }
    }
    #expect(gate.word == .halfOpen)
    for probe in try probe(5) { gate.succeeded(probe, at: afterOpen) }
    #expect(gate.word == .closed)
  }

  @Test func anAbandonedCallSaysNothing() throws {
    fail(19)
    for _ in 0..<100 { gate.abandoned(try gate.admit(at: .start, isFirst: true).get(), at: .start) }
    #expect(gate.word == .closed)
    fail(1)
    #expect(gate.word == .open)
  }

  // MARK: The budget

  @Test func callsEarnRetries() {
    let gate = CircuitGate(ratio: 0.2)
    for _ in 0..<100 { _ = gate.admit(at: .start, isFirst: true) }
    for _ in 0..<100 { _ = gate.admit(at: .start, isFirst: false) }
    #expect(gate.withdrawals(of: 100) == 20)
  }

  /// Neither is sent: not those that an open breaker refuses, nor those that `Retry-After` does.
  @Test func refusedCallsEarnNothing() {
    let gate = CircuitGate(ratio: 0.2)
    gate.askedToWait(.seconds(2), byLimit: true, at: .start)
    for _ in 0..<100 { _ = gate.admit(at: .start, isFirst: true) }
    #expect(gate.withdrawals(of: 100) == 0)
    for _ in 0..<20 { gate.failed(.closed(at: .start), at: .start) }
    for _ in 0..<100 { _ = gate.admit(at: .seconds(103), isFirst: true) }
    #expect(gate.word == .open)
    for _ in 0..<5 { gate.admit(at: afterOpen, isFirst: true).permit.map { gate.succeeded($0, at: afterOpen) } }
    #expect(gate.word == .closed)
    #expect(gate.withdrawals(of: 100, at: afterOpen) == 1)
  }

  @Test func aRetryThatTheBreakerWouldRefuseCostsNothing() throws {
    let gate = CircuitGate(ratio: 0.2)
    for _ in 0..<100 { _ = gate.admit(at: .start, isFirst: true) }
    for _ in 0..<20 { gate.failed(.closed(at: .start), at: .start) }
    #expect(gate.withdrawals(of: 100) == 0)
    for _ in 0..<5 { gate.succeeded(try gate.admit(at: afterOpen, isFirst: false).get(), at: afterOpen) }
    #expect(gate.withdrawals(of: 100, at: afterOpen) == 20)
  }

  private func succeed(_ count: Int, at now: Instant = .start) {
    for _ in 0..<count { gate.succeeded(.closed(at: now), at: now) }
  }

  private func fail(_ count: Int, at now: Instant = .start) {
    for _ in 0..<count { gate.failed(.closed(at: now), at: now) }
  }

  private func probe(_ count: Int) throws -> [CircuitGate.Permit] {
    let permits = try (0..<count).map { _ in try gate.admit(at: afterOpen, isFirst: true).get() }
    for permit in permits { #expect(permit.isProbe) }
    return permits
  }

  private func heal() throws {
    for probe in try probe(5) { gate.succeeded(probe, at: afterOpen) }
    try #require(gate.word == .closed)
  }
}

extension Instant {
  /// Not zero, which the gate takes for never.
  static let start = Instant.seconds(100)
  static func seconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000_000) }
}

extension CircuitGate {
  /// Retries are earned by calls alone.
  convenience init(ratio: Double) {
    var policies = UpstreamPolicies()
    policies.retryBudget = RetryBudget.Configuration(ratio: ratio, floorPerSecond: 0)
    self.init(policies)
  }

  var refusal: CallFailure? { refusal(at: .start) }

  /// Why a call is refused, if it is.
  func refusal(at now: Instant) -> CallFailure? {
    if case .failure(let failure) = admit(at: now, isFirst: true) { failure } else { nil }
  }

  func withdrawals(of count: Int, at now: Instant = .start) -> Int {
    (0..<count).count { _ in withdrawRetry(at: now) }
  }
}

extension CircuitGate.Permit {
  var isProbe: Bool { if case .probe = self { true } else { false } }
}

extension Result where Success == CircuitGate.Permit {
  var permit: CircuitGate.Permit? { try? get() }
}
