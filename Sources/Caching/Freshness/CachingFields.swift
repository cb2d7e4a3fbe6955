import Resilience

/// The fields of a response that a cache has to look at.
struct CachingFields {
  private(set) var control = CacheControl()
  private var ageLine: String?
  private var expires: [String] = []
  private var date: String?
  private var vary: [String] = []

  init(_ fields: some Sequence<(name: String, value: String)>) {
    for (name, value) in fields {
      switch name.utf8.count {
      case 3 where name.isField("age"): ageLine = ageLine ?? value
      case 4 where name.isField("date"): date = date ?? value
      case 4 where name.isField("vary"): vary.append(value)
      case 7 where name.isField("expires"): expires.append(value)
      case 13 where name.isField("cache-control"): control.read(value)
      default: break
      }
    }
  }

  /// Seconds that the answer had spent in other caches; the first of several, and 0 for what is no number (RFC 9111 §5.1).
  var age: Int64 {
    guard let first = ageLine?.utf8.split(separator: UInt8(ascii: ","), maxSplits: 1).first else { return 0 }
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    return CacheControl.deltaSeconds(first.drop(while: isSpace).prefix { !isSpace($0) }) ?? 0
  }

  /// `Expires` less `Date` in seconds, nil without `Expires`; 0 for what is past, no date, or two different ones (RFC 9111 §5.3).
  func secondsToExpiry(receivedAt: Timestamp) -> Int64? {
    guard let first = expires.first else { return nil }
    guard expires.allSatisfy({ $0 == first }), let end = Timestamp(httpDate: first, now: receivedAt) else { return 0 }
    let start = date.flatMap { Timestamp(httpDate: $0, now: receivedAt) } ?? receivedAt
    let (length, overflow) = end.milliseconds.subtractingReportingOverflow(start.milliseconds)
    return overflow ? 0 : max(length / 1000, 0)
  }

  /// Whether `Vary` names something by which stored answers are not told apart.
  func varies(byAnyOf identityFields: [String], in scope: CachePolicy.Scope) -> Bool {
    for line in vary {
      for member in line.utf8.split(separator: UInt8(ascii: ",")) {
        let name = String(decoding: member.filter { $0 != 0x20 && $0 != 0x09 }.map(\.asciiLowercased), as: UTF8.self)
        if name == "*" { return true }
        let isIdentity = name == "authorization" || name == "cookie" || identityFields.contains { $0.isField(name) }
        if isIdentity, scope == .public { return true }
      }
    }
    return false
  }
}

extension String {
  /// Whether this is the field name `name`, which is given in lower case (RFC 9110 §5.1).
  func isField(_ name: String) -> Bool {
    utf8.count == name.utf8.count && utf8.lazy.map(\.asciiLowercased).elementsEqual(name.utf8)
  }
}
