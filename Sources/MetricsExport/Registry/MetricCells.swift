import EventLoops
import Metrics
import Synchronization

/// What a series is written from.
protocol MetricCells: AnyObject, Sendable {
  /// Writes its lines. Values are read one by one while others are written to: each is right, together they are of about one moment.
  func write(_ series: SeriesText, to page: inout PrometheusPage)
}

/// A counter: a sum over all loops.
final class CounterCells: CounterHandler, MetricCells {
  private let cells: StripedCells

  init(stripes: Int) { cells = StripedCells(1, stripes: stripes) }

  func increment(by amount: Int64) { cells.add(Int(amount), to: 0) }

  /// A counter never goes back.
  func reset() {}

  func write(_ series: SeriesText, to page: inout PrometheusPage) { page.sample(series.plain, cells.sum(of: 0)) }
}

/// A gauge that is either set, or counted up and down.
final class GaugeCells: MeterHandler, RecorderHandler, MetricCells {
  private let cells: StripedCells
  /// What was set, less what was counted until then: ``StripedCells`` cannot be set.
  private let base = Mutex(0.0)

  init(stripes: Int) { cells = StripedCells(1, stripes: stripes) }

  var value: Double { base.withLock { $0 } + cells.doubleSum(of: 0) }

  func set(_ value: Double) { base.withLock { $0 = value - cells.doubleSum(of: 0) } }
  func set(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }
  func record(_ value: Int64) { set(Double(value)) }
  func increment(by amount: Double) { cells.add(amount, to: 0) }
  func decrement(by amount: Double) { cells.add(-amount, to: 0) }

  func write(_ series: SeriesText, to page: inout PrometheusPage) { page.sample(series.plain, value) }
}

/// A histogram of times.
final class HistogramCells: TimerHandler, RecorderHandler, BucketedTimes, MetricCells {
  private let buckets: Buckets
  /// One a bucket, one for what is beyond, one for the sum in seconds.
  private let cells: StripedCells
  private let sum: Int

  init(_ buckets: Buckets, stripes: Int) {
    self.buckets = buckets
    sum = buckets.bounds.count + 1
    cells = StripedCells(sum + 1, stripes: stripes)
  }

  func recordNanoseconds(_ time: Int64) {
    // A clock that was set back makes no time negative.
    let time = max(time, 0)
    cells.add(1, to: buckets.index(of: time))
    cells.add(Double(time) / 1e9, to: sum)
  }

  func bound(of nanoseconds: Int64) -> Int64 {
    let index = buckets.index(of: max(nanoseconds, 0))
    return index < buckets.bounds.count ? buckets.bounds[index] : .max
  }

  func add(_ count: Int, like nanoseconds: Int64, sum seconds: Double) {
    cells.add(count, to: buckets.index(of: max(nanoseconds, 0)))
    cells.add(max(seconds, 0), to: sum)
  }

  /// Seconds.
  func record(_ value: Double) { recordNanoseconds(value > 0 && value < 9e9 ? Int64(value * 1e9) : value > 0 ? .max : 0) }
  func record(_ value: Int64) { record(Double(value)) }

  func write(_ series: SeriesText, to page: inout PrometheusPage) {
    var count = 0
    for (index, text) in series.buckets.enumerated() {
      count += cells.sum(of: index)
      page.sample(text, count)
    }
    page.sample(series.sum, cells.doubleSum(of: sum))
    page.sample(series.count, count)
  }
}
