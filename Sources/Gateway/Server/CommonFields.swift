import Glibc
import HTTPTypes
import NIOCore

/// The fields that every answer has, as they go over the wire, made anew when the second changes.
struct CommonFields {
  private(set) var bytes = ByteBuffer()
  /// The value of `Date`.
  private(set) var date = ""
  private var second = -1
  /// Those that never change, and how they go over the wire of HTTP/1.1.
  let fixed: [(name: String, value: String)]
  private let fixedBytes: ByteBuffer
  /// The same without the policy, for an answer that has one of its own: a browser would hold it to both.
  private let fixedBytesOfPages: ByteBuffer
  private var bytesOfPages = ByteBuffer()

  /// - Parameter isTLS: whether the listener speaks TLS.
  init(isTLS: Bool = false) {
    fixed = [("Server", "tributary")] + SecurityFields.all(isTLS: isTLS)
    fixedBytes = Self.lines(fixed)
    fixedBytesOfPages = Self.lines(fixed.filter { $0.name != SecurityFields.policy })
    refresh()
  }

  private static func lines(_ fields: [(name: String, value: String)]) -> ByteBuffer {
    ByteBuffer(string: fields.map { "\($0.name): \($0.value)\r\n" }.joined())
  }

  /// What goes over the wire with an answer that has these fields.
  func bytes(besides fields: HTTPFields) -> ByteBuffer { fields.contains(.contentSecurityPolicy) ? bytesOfPages : bytes }

  /// - Returns: whether another second has begun.
  @discardableResult mutating func refresh() -> Bool {
    let now = time(nil)
    guard now != second else { return false }
    second = now
    date = Self.date(now)
    bytes = ByteBuffer(string: "Date: \(date)\r\n")
    bytes.writeImmutableBuffer(fixedBytes)
    bytesOfPages = ByteBuffer(string: "Date: \(date)\r\n")
    bytesOfPages.writeImmutableBuffer(fixedBytesOfPages)
    return true
  }

  /// IMF-fixdate (RFC 9110 §5.6.7).
  static func date(_ seconds: Int) -> String {
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    var instant = time_t(seconds)
    var parts = tm()
    gmtime_r(&instant, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
    return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
