/// What `GradientLimit` gathers between two decisions.
struct LatencyWindow: Sendable {
  let start: Instant
  private(set) var samples = 0
  private(set) var peakInFlight = 0
  private var dropped = 0
  private var sum = 0.0

  init(start: Instant) { self.start = start }

  /// The share of samples that were dropped, 0 to 1.
  var droppedShare: Double { samples == 0 ? 0 : Double(dropped) / Double(samples) }

  /// Nanoseconds; nil when all were dropped.
  var mean: Double? { samples > dropped ? sum / Double(samples - dropped) : nil }

  mutating func add(_ nanoseconds: Int64, inFlight: Int, wasDropped: Bool) {
    samples &+= 1
    peakInFlight = max(peakInFlight, inFlight)
    if wasDropped { dropped &+= 1 } else { sum += Double(nanoseconds) }
  }
}
