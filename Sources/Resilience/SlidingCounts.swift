/// Two counters over the last `window`, in a ring of ten buckets: an event costs a division and two sums, and allocates nothing.
///
/// The bucket being filled is a tenth of the window, so what is counted is the last nine to ten tenths of it. Time that goes
/// backwards stands still.
struct SlidingCounts: Sendable {
  struct Counts: Sendable, Equatable {
    /// Everything that happened.
    var all = 0
    /// Those of special interest to the owner: failed, or spent.
    var marked = 0
  }

  private(set) var total = Counts()
  private var buckets = [Counts](repeating: Counts(), count: Self.size)
  /// Nanoseconds of a bucket, at least one.
  private let width: Int64
  /// The number of the bucket being filled, counted from the clock's zero.
  private var current = Int64.min
  private var index = 0

  private static let size = 10
  /// What a bucket can count of one kind; ten of them cannot overflow.
  private static let most = 1 << 48

  init(window: Duration) { width = max(window.clampedNanoseconds / Int64(Self.size), 1) }

  /// Counts events, in the bucket of `at`. Negative numbers count nothing.
  mutating func add(all: Int, marked: Int, at: Instant) {
    advance(to: at)
    let addedAll = min(max(all, 0), Self.most - buckets[index].all)
    let addedMarked = min(max(marked, 0), Self.most - buckets[index].marked)
    buckets[index].all += addedAll
    buckets[index].marked += addedMarked
    total.all += addedAll
    total.marked += addedMarked
  }

  /// Forgets what is older than the window.
  mutating func advance(to at: Instant) {
    let (quotient, remainder) = at.nanoseconds.quotientAndRemainder(dividingBy: width)
    let number = remainder < 0 ? quotient - 1 : quotient
    guard number > current else { return }
    let steps = number.subtractingSaturated(current)
    current = number
    guard steps < Self.size else { return removeAll() }
    for _ in 0..<steps {
      index = index + 1 == Self.size ? 0 : index + 1
      total.all -= buckets[index].all
      total.marked -= buckets[index].marked
      buckets[index] = Counts()
    }
  }

  /// Forgets everything; the time stays.
  mutating func removeAll() {
    for index in 0..<Self.size { buckets[index] = Counts() }
    total = Counts()
  }
}
