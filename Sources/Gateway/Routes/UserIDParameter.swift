/// The query parameter `user_id`: a positive 64-bit integer in plain decimal digits (contract §1).
enum UserIDParameter {
  /// The user that is asked for, nil if the parameter is absent.
  ///
  /// - Throws: a 400 for anything else than such a number, `0` and an empty value among them, and for two that differ.
  static func value(in query: String?) throws(Problem) -> Int64? {
    guard let query, !query.isEmpty else { return nil }
    var found: Int64?
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard decoded(parts[0]) == Array("user_id".utf8) else { continue }
      guard let value = number(parts.count > 1 ? decoded(parts[1]) : []) else {
        throw .badRequest("user_id must be a positive 64-bit integer in decimal digits, from 1 to 9223372036854775807.")
      }
      guard found == nil || found == value else { throw .badRequest("user_id is given twice, with different values.") }
      found = value
    }
    return found
  }

  /// The id of a user, from its digits and nothing else.
  static func number(_ digits: [UInt8]) -> Int64? {
    let areDigits = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...19).contains(digits.count), areDigits,
      let value = Int64(String(decoding: digits, as: UTF8.self)), value > 0
    else { return nil }
    return value
  }

  /// Percent-decoded (RFC 3986 §2.1); a broken escape stays as it is, and so is no digit and no name of ours.
  static func decoded(_ text: Substring.UTF8View.SubSequence) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
