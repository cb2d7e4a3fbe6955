/// What an answer says of its own freshness (RFC 9111 §5.1, §5.2).
enum CacheControlText {
  /// A partial answer is kept by nobody.
  static let partial = "no-store"

  /// `private, max-age=17` for a complete document: private always, since what it shows depends on who asks.
  ///
  /// A reader of `Age` subtracts it from `max-age` (RFC 9111 §4.2). What remains is counted from now, so that either there is no
  /// `Age`, or its seconds go in here and `max-age` counts from the fetch as well; otherwise the age would be taken off twice.
  ///
  /// - Parameters:
  ///   - remaining: milliseconds for which every section is fresh still; rounded down, 0 if it is less.
  ///   - sentAge: the value of an `Age` beside it, from ``ageSeconds(milliseconds:)``; 0 if there is none.
  static func complete(remaining: Int64, sentAge: Int64 = 0) -> String {
    let seconds = min(wholeSeconds(remaining) + wholeSeconds(sentAge, unit: 1), maxDelta)
    return seconds < Int64(usual.count) ? usual[Int(seconds)] : render(seconds)
  }

  /// The value of `Age`: whole seconds since the oldest section was fetched, rounded down.
  static func ageSeconds(milliseconds: Int64) -> Int64 { wholeSeconds(milliseconds) }

  /// Greater numbers mean the same (RFC 9111 §1.2.2).
  static let maxDelta: Int64 = 1 << 31

  private static func wholeSeconds(_ time: Int64, unit: Int64 = 1000) -> Int64 { min(max(time / unit, 0), maxDelta) }

  /// Those of the first minutes, made once.
  private static let usual = (0...300).map { render(Int64($0)) }

  private static func render(_ seconds: Int64) -> String { "private, max-age=\(seconds)" }
}
