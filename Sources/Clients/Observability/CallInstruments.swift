import Metrics
import NIOCore
import Tracing

/// What is measured of the calls to one upstream, and the tracer that follows them, if there is one. Shared by the loops of a process.
///
/// All metrics are made at the start, each at zero, and labelled with nothing but the upstream and words from closed lists: a call
/// looks none up by name and makes none. Without a metrics backend a call costs six calls of empty functions; without a tracer it
/// has no ``CallTrace``. Neither allocates. The names are explained in docs/operations.md.
final class CallInstruments: Sendable {
  let upstream: String
  private let tracer: (any Tracer)?

  private let calls: OutcomeCounters
  private let answered: Timer
  private let failed: Timer
  private let firsts: Counter
  private let retries: Counter
  private let hedges: Counter
  private let attempts: OutcomeCounters
  private let hedgesWon: Counter
  private let inFlight: Meter
  private let queueWait: Timer
  private let retriesRefused: Counter
  private let hedgesRefused: Counter
  private let circuit: CircuitInstruments

  /// - Parameter tracer: nil for no spans; decided once, here.
  init(upstream: String, metrics: any MetricsFactory = MetricsSystem.factory, tracer: (any Tracer)? = .bootstrapped) {
    self.upstream = upstream
    self.tracer = tracer
    let make = UpstreamMetrics(upstream: upstream, factory: metrics)
    calls = OutcomeCounters("calls_total", make)
    answered = make.timer("call_duration_seconds", ("outcome", "success"))
    failed = make.timer("call_duration_seconds", ("outcome", "failure"))
    firsts = make.counter("attempts_total", ("kind", AttemptKind.first.rawValue))
    retries = make.counter("attempts_total", ("kind", AttemptKind.retry.rawValue))
    hedges = make.counter("attempts_total", ("kind", AttemptKind.hedge.rawValue))
    attempts = OutcomeCounters("attempt_outcomes_total", make)
    hedgesWon = make.counter("hedges_won_total")
    // Not set to zero, where it begins anyhow: calls of an earlier configuration may be on the wire, and are counted off later.
    inFlight = make.meter("in_flight")
    queueWait = make.timer("queue_wait_seconds")
    retriesRefused = make.counter("budget_refusals_total", ("kind", AttemptKind.retry.rawValue))
    hedgesRefused = make.counter("budget_refusals_total", ("kind", AttemptKind.hedge.rawValue))
    circuit = CircuitInstruments(make)
  }

  /// The spans of a call that begins; nil without a tracer, and where nobody wants them: what became of a request that was not to be
  /// recorded, and went wrong, its timeline tells.
  func callBegan(_ call: UpstreamCall) -> CallTrace? {
    if let trail = call.trail, !trail.timeline.trace.isSampled { return nil }
    return tracer.map { CallTrace(call, upstream: upstream, tracer: $0) }
  }

  /// - Parameter failure: why there is no usable answer, judgement included; nil where there is one.
  func callEnded(_ failure: CallFailure?, after took: TimeAmount) {
    calls.counted(failure)
    (failure == nil ? answered : failed).recordNanoseconds(took.nanoseconds)
  }

  func attemptBegan(_ kind: AttemptKind) {
    switch kind {
    case .first: firsts.increment()
    case .retry: retries.increment()
    case .hedge: hedges.increment()
    }
    inFlight.increment()
  }

  /// Once for each that began.
  func attemptEnded(_ failure: CallFailure?) {
    inFlight.decrement()
    attempts.counted(failure)
  }

  func hedgeWon() { hedgesWon.increment() }

  /// A try waited in the queue, whatever became of it.
  func waited(for time: TimeAmount) { queueWait.recordNanoseconds(time.nanoseconds) }

  func budgetRefused(_ kind: AttemptKind) { (kind == .hedge ? hedgesRefused : retriesRefused).increment() }

  func circuitBecame(_ word: CircuitGate.Word) { circuit.became(word) }
}

/// Why a try is made; the raw value is the word in metrics and spans.
enum AttemptKind: String, Sendable {
  case first, retry, hedge
}

/// A counter for success and one for each word of ``CallFailure/Reason``.
private struct OutcomeCounters: Sendable {
  private let success: Counter
  private let failures: [CallFailure.Reason: Counter]

  init(_ name: String, _ make: UpstreamMetrics) {
    success = make.counter(name, ("outcome", "success"))
    var failures: [CallFailure.Reason: Counter] = [:]
    for reason in CallFailure.Reason.allCases { failures[reason] = make.counter(name, ("outcome", reason.rawValue)) }
    self.failures = failures
  }

  func counted(_ failure: CallFailure?) {
    guard let failure else { return success.increment() }
    failures[failure.reason]?.increment()
  }
}

/// The state of a circuit breaker and how often it came to each.
private struct CircuitInstruments: Sendable {
  private let state: Meter
  private let closings, openings, probings: Counter

  init(_ make: UpstreamMetrics) {
    state = make.meter("circuit_state")
    state.set(0)
    closings = make.counter("circuit_transitions_total", ("to", CircuitGate.Word.closed.rawValue))
    openings = make.counter("circuit_transitions_total", ("to", CircuitGate.Word.open.rawValue))
    probings = make.counter("circuit_transitions_total", ("to", CircuitGate.Word.halfOpen.rawValue))
  }

  func became(_ word: CircuitGate.Word) {
    switch word {
    case .closed:
      state.set(0)
      closings.increment()
    case .halfOpen:
      state.set(1)
      probings.increment()
    case .open:
      state.set(2)
      openings.increment()
    }
  }
}

/// Makes the metrics of one upstream: `tributary_upstream_…`, with the dimension `upstream` and at most one more.
private struct UpstreamMetrics {
  let upstream: String
  let factory: any MetricsFactory

  func counter(_ name: String, _ dimension: (String, String)...) -> Counter {
    Counter(label: label(name), dimensions: dimensions(dimension), factory: factory)
  }

  func meter(_ name: String) -> Meter { Meter(label: label(name), dimensions: dimensions([]), factory: factory) }

  func timer(_ name: String, _ dimension: (String, String)...) -> Timer {
    Timer(label: label(name), dimensions: dimensions(dimension), factory: factory)
  }

  private func label(_ name: String) -> String { "tributary_upstream_" + name }
  private func dimensions(_ more: [(String, String)]) -> [(String, String)] { [("upstream", upstream)] + more }
}

extension Optional where Wrapped == any Tracer {
  /// The tracer of the process, if it has been given one.
  static var bootstrapped: Self {
    let tracer = InstrumentationSystem.tracer
    return tracer is NoOpTracer ? nil : tracer
  }
}
