/// Spares an upstream that fails, and its callers the wait: closed → open for a while → half-open with a few probes → closed or open again.
///
/// ```
///             failures                     openFor ± jitter, then a call
///   closed ─────────────▶ open ──────────────────────────────────────▶ halfOpen
///     ▲                     ▲         a probe fails                      │  │
///     │                     └────────────────────────────────────────────┘  │
///     └──────────────────────── `probes` probes succeed ────────────────────┘
/// ```
///
/// The caller asks `admit(at:)` before each call and reports how it ended: an admitted call with `succeeded` or `failed`, a probe with
/// exactly one of `probeSucceeded`, `probeFailed`, `probeAbandoned` and the generation that it was given. A probe that is never
/// reported keeps its place until the half-open period ends.
package struct CircuitBreaker: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// How far back results count while closed.
    package var window: Duration
    /// The share of failures that is too much.
    package var failureRatio: Double
    /// How many failures alone open the breaker, and how far failures must exceed the ratio among more calls; see `isTooMuch`.
    package var minimumCalls: Int
    /// Failures in a row, over any time, that open the breaker. At least one.
    package var consecutiveFailures: Int
    /// How long nothing is let through.
    package var openFor: Duration
    /// Open lasts `openFor × (1 ± jitter)`, so that replicas do not probe together; 0 to 1.
    package var jitter: Double
    /// Probes of a half-open period, and the successes that close the breaker. At least one.
    package var probes: Int

    package init(
      window: Duration = .seconds(10), failureRatio: Double = 0.5, minimumCalls: Int = 20, consecutiveFailures: Int = 20,
      openFor: Duration = .seconds(5), jitter: Double = 0.2, probes: Int = 5
    ) {
      self.window = window
      self.failureRatio = failureRatio
      self.minimumCalls = minimumCalls
      self.consecutiveFailures = consecutiveFailures
      self.openFor = openFor
      self.jitter = jitter
      self.probes = probes
    }
  }

  package enum State: Sendable, Equatable {
    case closed
    /// Nothing passes before `until`; the first call after it begins the half-open period.
    case open(until: Instant)
    case halfOpen
  }

  package enum Admission: Sendable, Equatable {
    case admitted
    /// Let through to find out. The generation numbers the half-open periods: a probe of an earlier one does not count.
    case probe(generation: Int)
    case refused
  }

  package private(set) var state = State.closed

  private let failureRatio: Double
  private let minimumCalls: Int
  private let consecutiveLimit: Int
  private let openNanoseconds: Double
  private let jitter: Double
  private let probes: Int

  /// While closed: results, and among them the failures.
  private var results: SlidingCounts
  private var failuresInARow = 0
  private var rowBegan = Instant(nanoseconds: .min)
  /// Whether all of the row may come from a restart.
  private var rowMayBeRestart = true
  /// Calls admitted before this moment were begun in an earlier closed period.
  private var closedSince = Instant(nanoseconds: .min)

  private var generation = 0
  private var probesUnderWay = 0
  private var probesSucceeded = 0

  package init(_ configuration: Configuration) {
    failureRatio = configuration.failureRatio.limited(to: 0...1)
    minimumCalls = max(configuration.minimumCalls, 1)
    consecutiveLimit = max(configuration.consecutiveFailures, 1)
    openNanoseconds = Double(max(configuration.openFor.clampedNanoseconds, 0))
    jitter = configuration.jitter.limited(to: 0...1)
    probes = max(configuration.probes, 1)
    results = SlidingCounts(window: configuration.window)
  }

  /// Whether a call may be made now. Successes so far and probes under way together never exceed `probes`.
  package mutating func admit(at: Instant) -> Admission {
    switch state {
    case .closed: return .admitted
    case .open(let until):
      guard at >= until else { return .refused }
      state = .halfOpen
      generation &+= 1
      (probesUnderWay, probesSucceeded) = (1, 0)
      return .probe(generation: generation)
    case .halfOpen:
      guard probesUnderWay < probes - probesSucceeded else { return .refused }
      probesUnderWay += 1
      return .probe(generation: generation)
    }
  }

  /// Admitted calls succeeded. Counts only while closed.
  ///
  /// - Parameter admittedAt: when the call was admitted; given, a call from before the breaker last closed is ignored.
  package mutating func succeeded(_ count: Int = 1, admittedAt: Instant? = nil, at: Instant) {
    guard state == .closed, count > 0, (admittedAt ?? at) >= closedSince else { return }
    failuresInARow = 0
    results.add(all: count, marked: 0, at: at)
  }

  /// An admitted call failed. Counts only while closed: a failure that comes in later neither extends nor reopens.
  ///
  /// - Parameters:
  ///   - admittedAt: when the call was admitted; given, a call from before the breaker last closed is ignored. Without it, a crowd of
  ///     calls whose timeout is longer than `openFor` can open a breaker that has just been healed.
  ///   - mayBeRestart: a refused or lost connection, as an upstream shows it for a moment when it restarts: a row of nothing else opens
  ///     the breaker only when it has lasted for ``restartTime``.
  ///   - chance: an even draw from 0 to 1, for the jitter.
  package mutating func failed(admittedAt: Instant? = nil, mayBeRestart: Bool = false, at: Instant, chance: Double) {
    guard state == .closed, (admittedAt ?? at) >= closedSince else { return }
    if failuresInARow == 0 { (rowBegan, rowMayBeRestart) = (at, true) }
    failuresInARow += 1
    rowMayBeRestart = rowMayBeRestart && mayBeRestart
    results.add(all: 1, marked: 1, at: at)
    if rowMayBeRestart, at - rowBegan < Self.restartTime { return }
    if failuresInARow >= consecutiveLimit || isTooMuch { open(at: at, chance: chance) }
  }

  /// Twenty refusals of a restarting upstream come within milliseconds, and are no reason to leave it alone for seconds.
  package static let restartTime = Duration.milliseconds(250)

  /// A probe succeeded; the last of `probes` closes the breaker, with an empty window.
  package mutating func probeSucceeded(generation: Int, at: Instant) {
    guard endProbe(of: generation) else { return }
    probesSucceeded += 1
    guard probesSucceeded >= probes else { return }
    state = .closed
    closedSince = at
    failuresInARow = 0
    results.removeAll()
  }

  /// A probe failed: open again.
  package mutating func probeFailed(generation: Int, at: Instant, chance: Double) {
    if endProbe(of: generation) { open(at: at, chance: chance) }
  }

  /// A probe ended without a verdict (its caller went away): its place is free again.
  package mutating func probeAbandoned(generation: Int, at: Instant) { _ = endProbe(of: generation) }

  private mutating func endProbe(of generation: Int) -> Bool {
    guard state == .halfOpen, generation == self.generation, probesUnderWay > 0 else { return false }
    probesUnderWay -= 1
    return true
  }

  /// Whether the window holds `minimumCalls`, `failureRatio` of them failed, and that is no accident.
  ///
  /// A bare ratio over few calls is noise: of 20 calls to an upstream that fails 30 %, ten or more fail one time in 20. So the failures must
  /// also exceed what an upstream that fails three fifths as often as the ratio would show, by four standard deviations. That matters
  /// for few calls only; with the defaults it takes:
  ///
  /// | calls in the window | 20 | 30 | 40 | 60 | 80 | 90 and more |
  /// |---|---|---|---|---|---|---|
  /// | failures that open | 15 | 20 | 24 | 33 | 41 | half of them |
  private var isTooMuch: Bool {
    let (all, failed) = (Double(results.total.all), Double(results.total.marked))
    guard results.total.all >= minimumCalls else { return false }
    let tolerated = 0.6 * failureRatio
    let accident = all * tolerated + 4 * (all * tolerated * (1 - tolerated)).squareRoot()
    // The slack is for ratios like 0.3, which a Double does not hold exactly.
    return failed >= min(max(failureRatio * all, accident), all) - 1e-9
  }

  private mutating func open(at: Instant, chance: Double) {
    let factor = 1 + jitter * (2 * chance.limited(to: 0...1) - 1)
    state = .open(until: at.advanced(byNanoseconds: Int64(saturating: openNanoseconds * factor)))
  }
}
