/// Writes the wire format of protobuf (encoding guide: varint, fixed 32 and 64 bits, length-delimited) to the end of a byte array.
///
/// As proto3 does, a field that has its default value is not written.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case fixed32 = 5
  }

  mutating func varint(_ field: UInt64, _ value: UInt64) {
    guard value != 0 else { return }
    tag(field, .varint)
    put(value)
  }

  mutating func fixed64(_ field: UInt64, _ value: UInt64) {
    guard value != 0 else { return }
    tag(field, .fixed64)
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func fixed32(_ field: UInt64, _ value: UInt32) {
    guard value != 0 else { return }
    tag(field, .fixed32)
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func string(_ field: UInt64, _ value: String) {
    guard !value.isEmpty else { return }
    tag(field, .delimited)
    put(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// An id: big-endian, as it is written.
  mutating func id(_ field: UInt64, _ words: UInt64...) {
    tag(field, .delimited)
    put(UInt64(words.count * 8))
    for word in words { withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) } }
  }

  /// A message within, also an empty one.
  mutating func message(_ field: UInt64, _ content: (inout ProtobufWriter) -> Void) {
    tag(field, .delimited)
    var inner = ProtobufWriter()
    content(&inner)
    put(UInt64(inner.bytes.count))
    bytes.append(contentsOf: inner.bytes)
  }

  /// One of several alternatives, which is written whatever its value.
  mutating func choice(_ field: UInt64, varint value: UInt64) {
    tag(field, .varint)
    put(value)
  }

  mutating func choice(_ field: UInt64, fixed64 value: UInt64) {
    tag(field, .fixed64)
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func choice(_ field: UInt64, string value: String) {
    tag(field, .delimited)
    put(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  private mutating func tag(_ field: UInt64, _ type: WireType) { put(field << 3 | type.rawValue) }

  private mutating func put(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
