/// How long something stored may be used, in milliseconds, each from 0 to 366 days: whatever is outside is brought in, so that sums of
/// foreign numbers stay sums. Both stale windows begin where freshness ends.
package struct Lifetimes: Sendable, Hashable {
  package let fresh: Int64
  package let staleWhileRevalidate: Int64
  package let staleIfError: Int64

  /// 366 days in milliseconds.
  package static let longest: Int64 = 366 * 86_400_000

  package init(fresh: Int64, staleWhileRevalidate: Int64, staleIfError: Int64) {
    func limited(_ length: Int64) -> Int64 { min(max(length, 0), Self.longest) }
    self.fresh = limited(fresh)
    self.staleWhileRevalidate = limited(staleWhileRevalidate)
    self.staleIfError = limited(staleIfError)
  }

  /// From the fetch until nothing allows the use any more, in milliseconds.
  package var total: Int64 { fresh + max(staleWhileRevalidate, staleIfError) }
}
