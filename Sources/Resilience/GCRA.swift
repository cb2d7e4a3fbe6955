/// A limit on requests, by the generic cell rate algorithm (ITU-T I.371, Annex A): of each key one number is kept, its theoretical
/// arrival time (TAT), when all that it has been given would have come at the even rate.
///
/// How far the TAT lies ahead is the key's *debt*. Each request adds ``interval`` to it, time takes it away, and a request that would bring
/// it above ``room`` is refused and adds nothing. So at most ``capacity`` requests pass in an instant, and in any stretch of time *t* at
/// most `capacity + t / interval`. With 100 a minute and a burst of 20:
///
/// | | |
/// |---|---|
/// | pass in an instant | 120 |
/// | then one every | 600 ms |
/// | all 120 again after | 72 s |
///
/// A clock that goes back gives nobody anything: debts grow by it, but never above the room, so that it costs nobody more than that either.
package struct GCRA: Sendable, Hashable {
  /// How a key stands: nanoseconds, never negative.
  package struct Standing: Sendable, Hashable {
    /// Requests that would pass now.
    package let remaining: Int64
    /// Until all of the capacity is there again.
    package let resetAfter: Int64
    /// Until the next request would pass; 0: now.
    package let retryAfter: Int64
  }

  /// Nanoseconds between requests at the even rate; a whole number of eighths of a microsecond, which doubles add up exactly.
  package let interval: Int64
  /// Requests that pass in an instant; at least one.
  package let capacity: Int64
  /// Nanoseconds: `interval × capacity`.
  package let room: Int64

  private static let grain: Int64 = 125
  /// Ten years.
  private static let longest: Int64 = 315_360_000_000_000_000

  /// `limit` requests in every `per`, and `burst` more at once. What is less than one is one; what rounding changes, it makes stricter.
  package init(limit: Int, per period: Duration, burst: Int = 0) {
    let limit = Int64(max(limit, 1))
    let even = (min(max(period.clampedNanoseconds, 1), Self.longest) - 1) / limit + 1
    self.init(
      interval: ((even - 1) / Self.grain + 1) * Self.grain, capacity: limit.addingSaturated(Int64(max(burst, 0))))
  }

  private init(interval: Int64, capacity: Int64) {
    self.interval = interval
    self.capacity = capacity
    room = interval.multipliedSaturated(by: capacity)
  }

  /// What one of `count` has, where they cannot ask each other: together no more than the whole, but each at least one request at a time.
  package func share(of count: Int) -> GCRA {
    guard count > 1 else { return self }
    return GCRA(interval: interval.multipliedSaturated(by: Int64(count)), capacity: max(capacity / Int64(count), 1))
  }

  /// From 0 to ``room``. A TAT further ahead was not written by this clock, or not under this limit.
  package func debt(until tat: Instant, at now: Instant) -> Int64 { min(max(tat.nanoseconds(since: now), 0), room) }

  /// Whether a request passes. If it does, it adds ``interval`` to the debt.
  package func allows(debt: Int64) -> Bool { debt <= room - interval }

  package func standing(debt: Int64) -> Standing {
    let debt = min(max(debt, 0), room)
    return Standing(remaining: (room - debt) / interval, resetAfter: debt, retryAfter: max(debt - (room - interval), 0))
  }

  /// A request comes: whether it passes. `tat` is what is to be kept of the key.
  package func take(_ tat: inout Instant, at now: Instant) -> Bool {
    let debt = debt(until: tat, at: now)
    let isAllowed = allows(debt: debt)
    tat = now.advanced(byNanoseconds: isAllowed ? debt + interval : debt)
    return isAllowed
  }
}
