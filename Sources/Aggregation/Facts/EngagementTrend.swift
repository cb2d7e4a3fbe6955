/// Where engagement goes: the newer half of the dated posts against the older half.
struct EngagementTrend: Sendable, Equatable {
  enum Direction: String, Sendable {
    case insufficientData = "insufficient_data"
    case increasing, decreasing, stable
  }

  let direction: Direction
  /// (newer − older) ÷ older × 100, not rounded; 0 where the older half has no engagement or there is too little data. Finite.
  let growthRate: Double

  static let unknown = EngagementTrend(direction: .insufficientData, growthRate: 0)

  /// - Parameters:
  ///   - older: mean engagement of the first half by date.
  ///   - newer: mean engagement of the second half.
  init(older: Double, newer: Double) {
    direction = newer > 1.1 * older ? .increasing : newer < 0.9 * older ? .decreasing : .stable
    growthRate = older > 0 ? Rounding.finite((newer - older) / older * 100) : 0
  }

  private init(direction: Direction, growthRate: Double) {
    self.direction = direction
    self.growthRate = growthRate
  }
}

/// The engagements of the posts that have a real date, to be cut in two halves by count.
struct DatedEngagements {
  /// Day, hour and position in one number: sorting plain integers costs a third of sorting tuples.
  private var keys: [UInt64] = []
  private var engagements: [Double] = []
  /// Each key so far was below the one before it.
  private var isNewestFirst = true

  init(capacity: Int) {
    keys.reserveCapacity(capacity)
    engagements.reserveCapacity(capacity)
  }

  mutating func add(_ row: PostRow) {
    guard let day = row.day else { return }
    // 27 bits of day, 17 of hour, 20 of position, which keeps equal moments in the order they came in. Bodies have fewer rows.
    let key = UInt64(day) << 37 | UInt64(row.hour) << 20 | UInt64(truncatingIfNeeded: engagements.count) & 0xF_FFFF
    if let last = keys.last, last < key { isNewestFirst = false }
    keys.append(key)
    engagements.append(row.engagement)
  }

  var trend: EngagementTrend {
    guard keys.count >= 2 else { return .unknown }
    let ordered = oldestFirst
    let half = ordered.count / 2
    return EngagementTrend(older: mean(ordered[..<half]), newer: mean(ordered[half...]))
  }

  /// The service sends the newest post first, and then there is nothing to sort.
  private var oldestFirst: [UInt64] { isNewestFirst ? keys.reversed() : keys.sorted() }

  private func mean(_ keys: ArraySlice<UInt64>) -> Double {
    Rounding.finite(keys.reduce(0) { $0 + engagements[Int($1 & 0xF_FFFF)] }) / Double(keys.count)
  }
}
