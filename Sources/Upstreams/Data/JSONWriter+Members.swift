import NIOCore
import RawJSON

extension JSONWriter {
  /// The text of one value, ready to be sent.
  static func text(capacity: Int = 1024, _ write: (inout JSONWriter) -> Void) -> ByteBuffer {
    var writer = JSONWriter(capacity: capacity)
    write(&writer)
    return ByteBuffer(bytes: writer.bytes)
  }
}

/// A member in one call.
extension JSONWriter {
  mutating func member(_ name: String, _ value: String) {
    key(named: name)
    string(value)
  }

  mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(named: name)
    int(Int64(clamping: value))
  }

  mutating func member(_ name: String, _ value: Double) {
    key(named: name)
    double(value)
  }

  mutating func member(_ name: String, _ value: Int?) {
    key(named: name)
    if let value { int(value) } else { null() }
  }

  mutating func member(_ name: String, _ value: String?) {
    key(named: name)
    if let value { string(value) } else { null() }
  }

  mutating func member(_ name: String, _ value: Bool) {
    key(named: name)
    bool(value)
  }
}
