import Resilience
import Synchronization
import Testing
import TestSupport

@testable import Clients

/// The gate under four threads at once: nothing is counted twice, nothing is lost.
@Suite(.timeLimit(.minutes(1))) struct CircuitGateConcurrencyTests {
  private static let threads = 4

  /// Every call earns a fifth of a retry, and none is earned twice.
  @Test func callsThatAreCountedApartAreHandedInOnce() async {
    let gate = CircuitGate(ratio: 0.2)
    let calls = 5000
    let early = await onThreads { _ in
      var withdrawn = 0
      for call in 0..<calls {
        if let permit = gate.admit(at: .start, isFirst: true).permit { gate.succeeded(permit, at: .start) }
        if call % 3 == 0, gate.withdrawRetry(at: .start) { withdrawn += 1 }
      }
      return withdrawn
    }
    let late = await onThreads { _ in gate.withdrawals(of: calls) }
    #expect(early + late == calls * Self.threads / 5)
  }

  @Test(arguments: 0..<20)
  func noMoreProbesThanThereArePlaces(round: Int) async {
    let gate = CircuitGate(UpstreamPolicies())
    _ = await onThreads { _ in
      for _ in 0..<20 { gate.failed(.closed(at: .start), at: .start) }
      return 0
    }
    #expect(gate.word == .open)
    let afterOpen = Instant.seconds(106)
    let most = Mutex((underWay: 0, most: 0))
    _ = await onThreads { thread in
      var generator = SeededGenerator(seed: UInt64(round * Self.threads + thread))
      for _ in 0..<1000 {
        guard let permit = gate.admit(at: afterOpen, isFirst: false).permit else { continue }
        hold(permit.isProbe)
        most.withLock { $0 = ($0.underWay + 1, max($0.most, $0.underWay + 1)) }
        if Bool.random(using: &generator) { continue }
        most.withLock { $0.underWay -= 1 }
        gate.abandoned(permit, at: afterOpen)
      }
      return 0
    }
    // Those that were kept fill the places.
    #expect(most.withLock { $0.underWay } == 5)
    #expect(most.withLock { $0.most } == 5)
    #expect(gate.refusal(at: afterOpen) == CallFailure(.circuitOpen))
  }

  /// While it opens, closes and opens again under them, calls are admitted or refused, and at the end it heals.
  @Test func whateverComesTogetherItHealsAfterwards() async {
    let gate = CircuitGate(UpstreamPolicies())
    let clock = Atomic<Int64>(100_000)
    _ = await onThreads { thread in
      var generator = SeededGenerator(seed: UInt64(thread))
      for _ in 0..<20_000 {
        let now = Instant(nanoseconds: clock.add(Int64(1), ordering: .relaxed).newValue * 1_000_000)
        guard let permit = gate.admit(at: now, isFirst: true).permit else { continue }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: gate.abandoned(permit, at: now)
        case 1...3: gate.succeeded(permit, at: now)
        default: gate.failed(permit, at: now)
        }
      }
      return 0
    }
    let later = Instant.seconds(1000)
    for _ in 0..<5 {
      if let permit = gate.admit(at: later, isFirst: true).permit { gate.succeeded(permit, at: later) }
    }
    #expect(gate.word == .closed)
  }

  /// The sum of what each returns.
  private func onThreads(_ body: @escaping @Sendable (Int) -> Int) async -> Int {
    await withTaskGroup(of: Int.self) { tasks in
      for thread in 0..<Self.threads { tasks.addTask { body(thread) } }
      return await tasks.reduce(0, +)
    }
  }
}
