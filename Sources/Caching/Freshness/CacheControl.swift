/// What the `Cache-Control` fields of a response say (RFC 9111 §5.2.2, RFC 5861), read so that a doubt always shortens.
struct CacheControl: Equatable {
  /// A directive with a number of seconds.
  enum Seconds: Equatable {
    case absent
    /// At most 2³¹ (RFC 9111 §1.2.2).
    case length(Int64)
    /// Not a number, or two different ones: to be taken for zero (RFC 9111 §4.2.1).
    case unusable

    /// Nil when absent.
    var seconds: Int64? {
      switch self {
      case .absent: nil
      case .length(let seconds): seconds
      case .unusable: 0
      }
    }

    fileprivate mutating func read(_ argument: [UInt8]?) {
      let found: Seconds = argument.flatMap(CacheControl.deltaSeconds).map { .length($0) } ?? .unusable
      self = self == .absent || self == found ? found : .unusable
    }
  }

  private(set) var noStore = false
  /// With field names as its argument, too: a cache may treat those forms as the plain ones.
  private(set) var noCache = false
  private(set) var isPrivate = false
  /// `must-revalidate` or, as this cache is shared, `proxy-revalidate`.
  private(set) var mustRevalidate = false
  private(set) var maxAge = Seconds.absent
  private(set) var sharedMaxAge = Seconds.absent
  private(set) var staleWhileRevalidate = Seconds.absent
  private(set) var staleIfError = Seconds.absent

  /// Reads one field line; more lines are one list (RFC 9110 §5.3).
  mutating func read(_ line: String) {
    var list = DirectiveList(line)
    while let directive = list.next() {
      switch String(decoding: directive.name, as: UTF8.self) {
      case "no-store": noStore = true
      case "no-cache": noCache = true
      case "private": isPrivate = true
      case "must-revalidate", "proxy-revalidate": mustRevalidate = true
      case "max-age": maxAge.read(directive.argument)
      case "s-maxage": sharedMaxAge.read(directive.argument)
      case "stale-while-revalidate": staleWhileRevalidate.read(directive.argument)
      case "stale-if-error": staleIfError.read(directive.argument)
      default: break
      }
    }
  }

  /// RFC 9111 §1.2.2: digits only; what is too great is 2³¹.
  static func deltaSeconds(_ text: some Sequence<UInt8>) -> Int64? {
    let most: Int64 = 1 << 31
    var seconds: Int64?
    for byte in text {
      guard byte.isDigit else { return nil }
      seconds = min((seconds ?? 0) * 10 + Int64(byte) - 48, most)
    }
    return seconds
  }
}

/// The members of a list of directives: `name`, `name=token` or `name="quoted \"string"`, between commas.
///
/// A quote that is never closed is an ordinary character, so that it hides no directive behind it.
private struct DirectiveList {
  private let bytes: [UInt8]
  private var at = 0
  private var quotesAreLiteral = false

  init(_ line: String) { bytes = Array(line.utf8) }

  /// The next member, its name in lower case, its argument without quotes; nil at the end.
  mutating func next() -> (name: [UInt8], argument: [UInt8]?)? {
    guard at < bytes.count else { return nil }
    var name: [UInt8] = []
    var argument: [UInt8]?
    while at < bytes.count, bytes[at] != UInt8(ascii: ",") {
      let byte = bytes[at]
      if byte == UInt8(ascii: "="), argument == nil {
        argument = []
        at += 1
      } else if byte == UInt8(ascii: "\""), let text = quoted() {
        if argument == nil { name += text } else { argument? += text }
      } else {
        if argument == nil { name.append(byte.asciiLowercased) } else { argument?.append(byte) }
        at += 1
      }
    }
    at += 1
    return (Self.trimmed(name[...]), argument.map { Self.withoutSpaceAfter($0[...]) })
  }

  /// Takes the quoted string that begins here, without its quotes and backslashes; nil when it does not end.
  private mutating func quoted() -> [UInt8]? {
    guard !quotesAreLiteral else { return nil }
    var text: [UInt8] = []
    var end = at + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
      if bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count { end += 1 }
      text.append(bytes[end])
      end += 1
    }
    guard end < bytes.count else {
      quotesAreLiteral = true
      return nil
    }
    at = end + 1
    return text
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] { withoutSpaceAfter(text.drop(while: isSpace)) }

  /// Space before a comma belongs to the list; space after `=` is no part of the grammar and stays.
  private static func withoutSpaceAfter(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var text = text
    while let last = text.last, isSpace(last) { text.removeLast() }
    return Array(text)
  }
}
