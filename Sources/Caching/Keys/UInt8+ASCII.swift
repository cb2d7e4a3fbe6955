extension UInt8 {
  /// The letter in lower case; every other byte as it is.
  var asciiLowercased: UInt8 { (65...90).contains(self) ? self | 0x20 : self }

  var isDigit: Bool { (48...57).contains(self) }
}
