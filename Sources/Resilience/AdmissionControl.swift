/// How many requests this process takes on at once, found from the lag of its event loops: what a loop cannot serve in time is better
/// refused at the door than answered too late.
///
/// Lag stands for every wait for the processor: that of a timer, or of a request between its arrival and its handling. As in CoDel
/// (RFC 8289) it is the *least* lag of an interval that decides: above `targetLag` there is a standing queue, and the limit shrinks
/// to `limit × √(targetLag / lag)` (0.5 to 0.95 of it in one interval); a single pause of the machine changes nothing. Otherwise the
/// limit grows, if it was used: by a twentieth an interval where there is no lag, by less the nearer the lag is to its target. The square
/// root and the lessening steps keep it from swinging where upstreams are slow: what it lets in is work for the loop only when they have
/// answered.
package struct AdmissionControl: Sendable {
  package enum Priority: Sendable, Equatable {
    case normal
    /// May use the whole limit, and so is refused only when normal requests have been for a while.
    case high
  }

  package struct Configuration: Sendable, Equatable {
    /// Requests in flight; never fewer, at least 1.
    package var minimum: Int
    package var maximum: Int
    package var initial: Int
    /// Lag above which a loop has too much to do.
    package var targetLag: Duration
    /// The limit changes at most once in this time, and after no fewer than three measurements.
    package var interval: Duration
    /// The part of the limit that normal requests may use, 0 to 1.
    package var normalShare: Double

    package init(
      minimum: Int = 8, maximum: Int = 20_000, initial: Int = 1000, targetLag: Duration = .milliseconds(8),
      interval: Duration = .milliseconds(100), normalShare: Double = 0.85
    ) {
      self.minimum = minimum
      self.maximum = maximum
      self.initial = initial
      self.targetLag = targetLag
      self.interval = interval
      self.normalShare = normalShare
    }
  }

  /// Requests that may be in flight.
  package var limit: Int { Int(found) }
  /// Requests admitted and not finished.
  package private(set) var inFlight = 0

  private let minimum: Double
  private let maximum: Double
  private let targetLag: Double
  private let interval: Int64
  private let normalShare: Double
  private var found: Double

  private var intervalStart: Instant?
  private var measurements = 0
  private var leastLag = Int64.max
  /// Normal requests came near their limit, or something was refused.
  private var isUsed = false

  package init(_ configuration: Configuration) {
    let least = min(max(configuration.minimum, 1), 1 << 40)
    let most = min(max(configuration.maximum, least), 1 << 40)
    minimum = Double(least)
    maximum = Double(most)
    found = Double(min(max(configuration.initial, least), most))
    targetLag = Double(max(configuration.targetLag.clampedNanoseconds, 1))
    interval = max(configuration.interval.clampedNanoseconds, 0)
    normalShare = configuration.normalShare.limited(to: 0...1)
  }

  /// Whether a request may be taken on. One that is must be reported with `finished(at:)`.
  package mutating func admit(_ priority: Priority, at: Instant) -> Bool {
    let normal = max(Int(Double(limit) * normalShare), 1)
    if inFlight * 10 >= normal * 9 { isUsed = true }
    guard inFlight < (priority == .high ? limit : normal) else { return false }
    inFlight += 1
    return true
  }

  /// An admitted request is answered, or its client has gone.
  package mutating func finished(at: Instant) { inFlight = max(inFlight - 1, 0) }

  /// To be called every 5 to 20 ms. With several loops: one control each, or the lag of the worst.
  package mutating func lagMeasured(_ lag: Duration, at: Instant) {
    let start = intervalStart ?? at
    intervalStart = start
    measurements &+= 1
    leastLag = min(leastLag, lag.clampedNanoseconds)
    guard measurements >= 3, at.nanoseconds(since: start) >= interval else { return }
    adapt()
    intervalStart = at
    (measurements, leastLag, isUsed) = (0, .max, false)
  }

  private mutating func adapt() {
    let lag = Double(max(leastLag, 0))
    if lag > targetLag {
      found = max(found * (targetLag / lag).squareRoot().limited(to: 0.5...0.95), minimum)
    } else if isUsed {
      found = min(found + max(found / 20 * (1 - lag / targetLag), 1), maximum)
    }
  }
}
