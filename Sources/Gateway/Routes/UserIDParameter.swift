/// The query parameter `user_id`: a positive 64-bit integer in plain decimal digits (contract §1).
enum UserIDParameter {
  /// The user that is asked for, nil if the parameter is absent.
  ///
  /// - Throws: a 400 for anything else than such a number, `0` and an empty value among them, and for two that differ.
  static func value(in query: QueryParameters) throws(Problem) -> Int64? {
    try query.value("user_id") { text throws(Problem) in
      guard let value = number(text) else {
        throw .badRequest("user_id must be a positive 64-bit integer in decimal digits, from 1 to 9223372036854775807.")
      }
      return value
    }
  }

  /// The id of a user, from its digits and nothing else.
  static func number(_ digits: [UInt8]) -> Int64? {
    let areDigits = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...19).contains(digits.count), areDigits,
      let value = Int64(String(decoding: digits, as: UTF8.self)), value > 0
    else { return nil }
    return value
  }
}
