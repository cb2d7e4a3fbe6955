/// `ExportTraceServiceResponse`, of which one number is wanted: `partial_success.rejected_spans`.
enum PartialSuccess {
  /// 0 for whatever cannot be read: the status has said that the request was taken.
  static func rejectedSpans(_ bytes: [UInt8]) -> Int {
    var response = ProtobufReader(bytes[...])
    while let field = response.next() {
      guard field.number == 1, case .delimited(let partial) = field.value else { continue }
      var reader = ProtobufReader(partial)
      while let field = reader.next() {
        if field.number == 1, case .varint(let count) = field.value { return Int(clamping: Int64(bitPattern: count)) }
      }
    }
    return 0
  }
}

/// Fields of a protobuf message, one after the other, until there is none or something that is none.
struct ProtobufReader {
  enum Value: Equatable {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case delimited(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> (number: UInt64, value: Value)? {
    guard let tag = varint() else { return nil }
    switch tag & 7 {
    case 0: return varint().map { (tag >> 3, .varint($0)) }
    case 1: return fixed(8).map { (tag >> 3, .fixed64($0)) }
    case 2:
      guard let count = varint(), let size = Int(exactly: count), size <= rest.count else { return nil }
      defer { rest = rest.dropFirst(size) }
      return (tag >> 3, .delimited(rest.prefix(size)))
    case 5: return fixed(4).map { (tag >> 3, .fixed32(UInt32(truncatingIfNeeded: $0))) }
    default: return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// Little-endian.
  private mutating func fixed(_ size: Int) -> UInt64? {
    guard rest.count >= size else { return nil }
    defer { rest = rest.dropFirst(size) }
    return rest.prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
