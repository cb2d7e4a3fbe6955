import Resilience

/// What a replica knows of the purges between it and Redis: a value, told what has happened.
struct PurgeState: Equatable {
  enum Work: Equatable {
    /// Nothing, or nothing as long as nobody listens.
    case none
    /// Read what Redis has kept.
    case catchUp
    /// Spread these.
    case spread(PurgeMarks)
  }

  private(set) var isLive = false
  /// Whether all that was spread before `live` is known.
  private(set) var isCaughtUp = false
  /// Of this replica: not yet with Redis.
  private(set) var pending = PurgeMarks()
  private var isShutDown = false
  /// Something is under way.
  private var isBusy = false
  /// Gaps so far; and at the begin of catching up, which makes nothing of a gap after it.
  private var gaps = 0
  private var gapsBefore = 0

  /// Messages are heard from now on.
  mutating func heard() { isLive = true }

  /// They are not any more.
  mutating func lost() {
    isLive = false
    isCaughtUp = false
    gaps += 1
  }

  mutating func shutDown() { isShutDown = true }

  /// What is to be done next; one thing at a time, to be followed by `caughtUp` or `spread`.
  ///
  /// - Parameter oldest: what was purged then or before has expired by itself.
  mutating func next(prunedUpTo oldest: Timestamp) -> Work {
    guard isLive, !isBusy, !isShutDown else { return .none }
    if !isCaughtUp {
      isBusy = true
      gapsBefore = gaps
      return .catchUp
    }
    pending.prune(upTo: oldest)
    guard !pending.isEmpty else { return .none }
    isBusy = true
    defer { pending = PurgeMarks() }
    return .spread(pending)
  }

  mutating func caughtUp(_ succeeded: Bool) {
    isBusy = false
    isCaughtUp = succeeded && isLive && gaps == gapsBefore
  }

  /// What could not be spread is told by `failed`.
  mutating func spread() { isBusy = false }

  /// These are to be spread again.
  mutating func failed(_ marks: PurgeMarks) { pending.merge(marks) }
}
