import NIOCore

/// Writes JSON text (RFC 8259), compact, members in the order of the calls. Commas come by themselves.
struct JSONWriter {
  private(set) var bytes: ByteBuffer
  private var needsComma = false

  init(capacity: Int = 1024) {
    bytes = ByteBufferAllocator().buffer(capacity: capacity)
  }

  /// The text of one value.
  static func text(_ write: (inout JSONWriter) -> Void) -> ByteBuffer {
    var writer = JSONWriter()
    write(&writer)
    return writer.bytes
  }

  mutating func object(_ members: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "{"))
    members(&self)
    close(UInt8(ascii: "}"))
  }

  mutating func array(_ elements: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "["))
    elements(&self)
    close(UInt8(ascii: "]"))
  }

  /// The key of the next value. It needs no escapes.
  mutating func key(_ key: String) {
    string(key)
    bytes.writeInteger(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func null() { literal("null") }
  mutating func boolean(_ value: Bool) { literal(value ? "true" : "false") }
  mutating func integer(_ value: some BinaryInteger) { literal(String(value)) }

  /// Shortest round-trip form; what JSON cannot say (NaN, infinity) is null.
  mutating func double(_ value: Double) { literal(value.isFinite ? value.description : "null") }

  mutating func string(_ value: String) {
    separate()
    bytes.writeInteger(UInt8(ascii: "\""))
    if value.utf8.allSatisfy({ !Self.needsEscape($0) }) {
      bytes.writeString(value)
    } else {
      for byte in value.utf8 { writeEscaped(byte) }
    }
    bytes.writeInteger(UInt8(ascii: "\""))
    needsComma = true
  }

  private mutating func writeEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): bytes.writeStaticString("\\\"")
    case UInt8(ascii: "\\"): bytes.writeStaticString("\\\\")
    case UInt8(ascii: "\n"): bytes.writeStaticString("\\n")
    case UInt8(ascii: "\r"): bytes.writeStaticString("\\r")
    case UInt8(ascii: "\t"): bytes.writeStaticString("\\t")
    case 0..<0x20:
      let hex = String(byte, radix: 16)
      bytes.writeString("\\u00" + (hex.utf8.count == 1 ? "0" : "") + hex)
    default: bytes.writeInteger(byte)
    }
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.writeString(text)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.writeInteger(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.writeInteger(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.writeInteger(UInt8(ascii: ",")) }
  }
}

/// A member in one call.
extension JSONWriter {
  mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(name)
    integer(value)
  }

  mutating func member(_ name: String, _ value: Double) {
    key(name)
    double(value)
  }

  mutating func member(_ name: String, _ value: Int?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  mutating func member(_ name: String, _ value: Bool) {
    key(name)
    boolean(value)
  }
}
