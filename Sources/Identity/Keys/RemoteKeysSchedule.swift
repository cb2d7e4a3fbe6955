import NIOCore

/// When the keys of an issuer are fetched: a value that is told what has happened, and says what is to be done.
struct RemoteKeysSchedule {
  enum Advice: Equatable {
    case fetch
    /// One is under way.
    case wait
    /// It was asked a moment ago.
    case leave
  }

  private let interval: TimeAmount
  private let pause: TimeAmount
  private var started: NIODeadline?
  private var isFetching = false

  /// - Parameters:
  ///   - interval: between refreshes of keys that are good, at least `pause`.
  ///   - pause: between the starts of two fetches, whatever the reason.
  init(interval: TimeAmount, pause: TimeAmount) { (self.interval, self.pause) = (max(interval, pause), pause) }

  /// Somebody shows a token with a key that is not known, or it is time.
  mutating func asked(at now: NIODeadline) -> Advice {
    if isFetching { return .wait }
    if let started, now < started + pause { return .leave }
    (started, isFetching) = (now, true)
    return .fetch
  }

  /// - Returns: when to ask again.
  mutating func ended(isGood: Bool, at now: NIODeadline) -> NIODeadline {
    isFetching = false
    return isGood ? now + interval : max(now, (started ?? now) + pause)
  }
}
