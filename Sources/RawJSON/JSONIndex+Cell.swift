extension JSONIndex {
  /// What a value is.
  package enum Kind: UInt8, Sendable {
    case absent, null, bool, number, string, array, object
  }

  /// Where a value lies in its body and what it is: 8 bytes, laid out as C's `csj_cell`.
  package struct Cell: Sendable, Equatable, BitwiseCopyable {
    let offset: UInt32
    /// Length in bytes (28 bits), then C's kind (4 bits).
    let bits: UInt32

    package static let absent = Cell(offset: 0, bits: 0)

  }
}

extension JSONIndex.Cell {
  /// C's kinds, which tell two kinds of number and of string apart.
  enum Detail {
    static let absent: UInt32 = 0
    static let null: UInt32 = 1
    static let isFalse: UInt32 = 2
    static let isTrue: UInt32 = 3
    static let integer: UInt32 = 4
    static let decimal: UInt32 = 5
    static let plainString: UInt32 = 6
    static let escapedString: UInt32 = 7
    static let array: UInt32 = 8
  }

  var detail: UInt32 { bits & 15 }
  var start: Int { Int(offset) }
  var length: Int { Int(bits &>> 4) }

  package var kind: JSONIndex.Kind {
    switch detail {
    case Detail.absent: .absent
    case Detail.null: .null
    case Detail.isFalse, Detail.isTrue: .bool
    case Detail.integer, Detail.decimal: .number
    case Detail.plainString, Detail.escapedString: .string
    case Detail.array: .array
    default: .object
    }
  }

  package var isAbsent: Bool { detail == Detail.absent }
  package var isNull: Bool { detail == Detail.null }
  package var isNumber: Bool { detail == Detail.integer || detail == Detail.decimal }
  package var isString: Bool { detail == Detail.plainString || detail == Detail.escapedString }

  /// The value of a bool; nil for every other kind.
  package var bool: Bool? {
    switch detail {
    case Detail.isTrue: true
    case Detail.isFalse: false
    default: nil
    }
  }

  /// Byte offsets of the whole value in its body, quotes and brackets included: what is spliced. Empty if absent.
  package var range: Range<Int> { start..<(start &+ length) }

  /// Byte offsets of a string's content between its quotes, escapes as they stand; nil for every other kind.
  package var stringRange: Range<Int>? {
    isString ? (start &+ 1)..<(start &+ length &- 1) : nil
  }

  /// The bytes of the whole value. Nil if absent, or if `bytes` ends before it.
  package func raw(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard length > 0, start &+ length <= bytes.count, let base = bytes.baseAddress else { return nil }
    return UnsafeRawBufferPointer(start: base + start, count: length)
  }
}
