/// Two decimals, half to even, by integer arithmetic on the double's own binary fraction: shares nothing with `printf`.
enum ReferenceRounding {
  static func toCents(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return 0 }
    // |value| = significand × 2^shift, exactly.
    let significand = value.significandBitPattern | (value.exponentBitPattern == 0 ? 0 : 1 << 52)
    let shift = Int(max(value.exponentBitPattern, 1)) - 1075
    guard shift < 0 else { return value }
    let hundredfold = UInt128(significand) * 100
    guard -shift < 100 else { return 0 }
    var cents = hundredfold >> UInt128(-shift)
    let rest = hundredfold & ((1 << UInt128(-shift)) - 1)
    let half = UInt128(1) << UInt128(-shift - 1)
    if rest > half || (rest == half && cents % 2 == 1) { cents += 1 }
    let (whole, part) = cents.quotientAndRemainder(dividingBy: 100)
    let magnitude = Double("\(whole).\(part < 10 ? "0" : "")\(part)") ?? .nan
    return value < 0 && magnitude != 0 ? -magnitude : magnitude
  }
}
