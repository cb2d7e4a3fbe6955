import Synchronization

/// One of the streams that a listener may have, taken before the first thing that a request waits for: of many that come at once no more
/// get one than there are. Given back when the stream ends, or with the last reference where it was never opened.
final class EventStreamPlace: Sendable {
  private let counts: EventStreamCounts
  private let isTaken = Atomic(true)

  /// Nil where as many as `limit` are taken.
  init?(of counts: EventStreamCounts, limit: Int) {
    guard counts.takePlace(limit: limit) else { return nil }
    self.counts = counts
  }

  deinit { giveBack() }

  /// Any number of times.
  func giveBack() {
    if isTaken.exchange(false, ordering: .relaxed) { counts.givePlaceBack() }
  }
}
