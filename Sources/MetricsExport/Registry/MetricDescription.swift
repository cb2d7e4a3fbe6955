/// What a metric's name means, for whoever reads the page of metrics.
package struct MetricDescription: Sendable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  package let name: String
  package let kind: Kind
  package let help: String
  /// Of a histogram.
  let buckets: Buckets

  init(_ name: String, _ kind: Kind, _ help: String, buckets: Buckets = .durations) {
    self.name = name
    self.kind = kind
    self.help = help
    self.buckets = buckets
  }
}

/// The upper bounds of a histogram.
package struct Buckets: Sendable, Equatable {
  /// Nanoseconds, rising.
  let bounds: [Int64]

  /// - Parameter seconds: rising.
  init(seconds: [Double]) { bounds = seconds.map { Int64($0 * 1e9) } }

  /// Of what somebody waits for: half a millisecond to ten seconds.
  static let durations = Buckets(seconds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
  /// Of data: a tenth of a second to an hour.
  static let ages = Buckets(seconds: [0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600])

  /// Which of them a length belongs to; `bounds.count` for one that is longer than all. Most are short: searched from its start.
  func index(of nanoseconds: Int64) -> Int {
    var index = 0
    while index < bounds.count, bounds[index] < nanoseconds { index += 1 }
    return index
  }
}
