/// Tokens that come at an even rate, up to a second's worth (and never less than one) kept. Begins full.
///
/// Counted in nanoseconds: a token is the time that it takes to come.
struct TokenBucket: Sendable {
  private let price: Int64
  private let most: Int64
  private var credit: Int64
  private var latest = Instant(nanoseconds: .min)

  /// - Parameter perSecond: tokens; zero, a negative number or NaN mean none ever.
  init(perSecond: Double) {
    guard perSecond > 0 else {
      (price, most, credit) = (.max, 0, 0)
      return
    }
    price = max(Int64(saturating: 1e9 / perSecond), 1)
    most = max(price, 1_000_000_000)
    credit = most
  }

  mutating func take(at: Instant) -> Bool {
    if at > latest {
      credit = min(credit.addingSaturated(at.nanoseconds(since: latest)), most)
      latest = at
    }
    guard credit >= price else { return false }
    credit -= price
    return true
  }
}
