import Resilience

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
  /// An upstream that asks for more is asked again after this long: one bad value must not switch it off for a day.
  static let longest = Duration.seconds(300)

  /// What is to be waited from `now` on; nil for what is neither seconds nor a date.
  static func wait(asked text: String, at now: Timestamp) -> Duration? {
    if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      return min(.seconds(Int64(UInt32(text) ?? .max)), longest)
    }
    guard let date = Timestamp(httpDate: text) else { return nil }
    return min(max(.milliseconds(date.milliseconds - now.milliseconds), .zero), longest)
  }
}
