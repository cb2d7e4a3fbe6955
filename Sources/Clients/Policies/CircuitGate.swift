import NIOCore
import Resilience
import Synchronization

/// The circuit breaker, the retry budget and the memory of `Retry-After` of one upstream, shared by the loops of a process.
///
/// A healthy call never waits for a lock: while the breaker is closed, admission is two atomic loads and a success one atomic addition.
/// What was added is handed to the values before anything is decided, and twice a second by whoever finds the lock free.
package final class CircuitGate: Sendable {
  /// What a try was admitted as; it is given back with the verdict.
  enum Permit: Sendable {
    case closed(at: Instant)
    case probe(generation: Int)
  }

  /// The word of `circuit` in the health report.
  package enum Word: String, Sendable, CaseIterable {
    case closed, open
    case halfOpen = "half_open"
  }

  private struct Values {
    var breaker: CircuitBreaker
    var budget: RetryBudget
    /// What was last told of the breaker.
    var told = Word.closed
  }

  private let values: Mutex<Values>
  /// Nil where nobody wants to know.
  private let instruments: CallInstruments?
  private let isClosed = Atomic(true)
  /// No call before this moment (nanoseconds): the upstream asked for it. 0 for no such wish.
  private let notBefore = Atomic<Int64>(0)
  /// Whether it was a 429 that asked.
  private let askedByLimit = Atomic(false)

  private let calls = Atomic<Int>(0)
  private let successes = Atomic<Int>(0)
  private let handedIn = Atomic<Int64>(0)

  private static let handInEvery: Int64 = 500_000_000

  init(_ policies: UpstreamPolicies, _ instruments: CallInstruments? = nil) {
    self.instruments = instruments
    values = Mutex(Values(breaker: CircuitBreaker(policies.breaker), budget: RetryBudget(policies.retryBudget)))
  }

  package var word: Word { values.withLock { Word($0.breaker.state) } }

  /// Whether a try may be made now.
  ///
  /// - Parameter isFirst: first tries earn what retries spend; those that are refused earn nothing.
  func admit(at now: Instant, isFirst: Bool) -> Result<Permit, CallFailure> {
    let wish = notBefore.load(ordering: .relaxed)
    if wish > now.nanoseconds { return .failure(refusal(until: wish, now)) }
    if isClosed.load(ordering: .relaxed) {
      if isFirst { calls.add(1, ordering: .relaxed) }
      return .success(.closed(at: now))
    }
    let admission = values.withLock { values in
      let admission = values.breaker.admit(at: now)
      publish(&values)
      return admission
    }
    if isFirst, admission != .refused { calls.add(1, ordering: .relaxed) }
    return switch admission {
    case .admitted: .success(.closed(at: now))
    case .probe(let generation): .success(.probe(generation: generation))
    case .refused: .failure(CallFailure(.circuitOpen))
    }
  }

  /// A try ended well.
  func succeeded(_ permit: Permit, at now: Instant) {
    switch permit {
    case .closed:
      successes.add(1, ordering: .relaxed)
      if now.nanoseconds - handedIn.load(ordering: .relaxed) > Self.handInEvery {
        _ = values.withLockIfAvailable { handIn(to: &$0, at: now) }
      }
    case .probe(let generation):
      values.withLock { values in
        // Calls from before the breaker opened do not count in the period that may begin now.
        handIn(to: &values, at: now)
        values.breaker.probeSucceeded(generation: generation, at: now)
        publish(&values)
      }
    }
  }

  /// A try ended in a way that speaks against the upstream.
  ///
  /// - Parameter mayBeRestart: its connection was refused or lost.
  func failed(_ permit: Permit, mayBeRestart: Bool = false, at now: Instant) {
    values.withLock { values in
      handIn(to: &values, at: now)
      let chance = Double.random(in: 0...1)
      switch permit {
      case .closed(let admittedAt):
        values.breaker.failed(admittedAt: admittedAt, mayBeRestart: mayBeRestart, at: now, chance: chance)
      case .probe(let generation): values.breaker.probeFailed(generation: generation, at: now, chance: chance)
      }
      publish(&values)
    }
  }

  /// A try ended without saying anything of the upstream: nobody waited any more.
  func abandoned(_ permit: Permit, at now: Instant) {
    guard case .probe(let generation) = permit else { return }
    values.withLock { $0.breaker.probeAbandoned(generation: generation, at: now) }
  }

  /// Whether the budget has room for one more try; takes it if so. Nothing is taken for a try that the breaker would refuse.
  func withdrawRetry(at now: Instant) -> Bool {
    values.withLock { values in
      handIn(to: &values, at: now)
      guard values.breaker.state == .closed else { return false }
      let isGranted = values.budget.withdraw(at: now)
      if !isGranted { instruments?.budgetRefused(.retry) }
      return isGranted
    }
  }

  /// The upstream asked not to be called for a while.
  func askedToWait(_ time: Duration, byLimit: Bool, at now: Instant) {
    let wish = (now + time).nanoseconds
    if notBefore.max(wish, ordering: .relaxed).oldValue < wish { askedByLimit.store(byLimit, ordering: .relaxed) }
  }

  private func refusal(until wish: Int64, _ now: Instant) -> CallFailure {
    CallFailure(
      .askedToWait, receivedStatus: askedByLimit.load(ordering: .relaxed) ? 429 : 503,
      retryAfter: .nanoseconds(wish - now.nanoseconds))
  }

  private func handIn(to values: inout Values, at now: Instant) {
    handedIn.store(now.nanoseconds, ordering: .relaxed)
    values.budget.called(calls.exchange(0, ordering: .relaxed), at: now)
    let count = successes.exchange(0, ordering: .relaxed)
    if count > 0 { values.breaker.succeeded(count, at: now) }
  }

  /// Under the lock: transitions are told in their order.
  private func publish(_ values: inout Values) {
    isClosed.store(values.breaker.state == .closed, ordering: .relaxed)
    let word = Word(values.breaker.state)
    guard word != values.told else { return }
    values.told = word
    instruments?.circuitBecame(word)
  }
}

extension CircuitGate.Word {
  fileprivate init(_ state: CircuitBreaker.State) {
    switch state {
    case .closed: self = .closed
    case .open: self = .open
    case .halfOpen: self = .halfOpen
    }
  }
}

extension Instant {
  init(_ time: NIODeadline) { self.init(nanoseconds: Int64(clamping: time.uptimeNanoseconds)) }
}
