/// Writes JSON (RFC 8259) to the end of a byte array: the computed parts of a document, and spliced pieces between them.
///
/// It sets the commas; that brackets match and that keys stand in objects only is the caller's business. The same calls give the
/// same bytes, always.
///
/// ```swift
/// var json = JSONWriter(capacity: 1024)
/// json.object {
///   $0.key("users")
///   $0.raw(body[range])
///   $0.key("total_users")
///   $0.int(20)
/// }
/// ```
package struct JSONWriter: Sendable {
  /// The text, and behind it room that is written already: putting bytes into an array costs half of appending them to one.
  private var storage: [UInt8]
  /// Bytes of text in `storage`.
  private var used = 0
  /// A value was just finished: whatever comes next, but a closing bracket, needs a comma before it.
  private var needsComma = false

  package init(capacity: Int = 0) {
    storage = [UInt8](repeating: 0, count: capacity)
  }

  /// What has been written so far.
  package var bytes: [UInt8] { Array(storage[..<used]) }

  // MARK: Structure

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// An object with whatever `content` writes into it.
  package mutating func object(_ content: (inout JSONWriter) -> Void) {
    beginObject()
    content(&self)
    endObject()
  }

  /// An array with whatever `content` writes into it.
  package mutating func array(_ content: (inout JSONWriter) -> Void) {
    beginArray()
    content(&self)
    endArray()
  }

  /// A member's name, one of our own that needs no escapes; its value comes next.
  package mutating func key(_ name: StaticString) {
    let size = name.utf8CodeUnitCount
    put(atMost: size &+ 3, comma: true) { place in
      place[0] = UInt8(ascii: "\"")
      UnsafeMutableRawPointer(place + 1).copyMemory(from: name.utf8Start, byteCount: size)
      place[size &+ 1] = UInt8(ascii: "\"")
      place[size &+ 2] = UInt8(ascii: ":")
      return size &+ 3
    }
    needsComma = false
  }

  /// A member's name that is known only at run time, such as a section's.
  package mutating func key(named name: String) {
    quoted(name)
    put(UInt8(ascii: ":"))
    needsComma = false
  }

  // MARK: Values

  /// One value that is JSON already, untouched.
  package mutating func raw(_ json: UnsafeRawBufferPointer) { value(json) }

  /// One value that is JSON already, untouched.
  package mutating func raw(_ json: some Collection<UInt8>) {
    if json.withContiguousStorageIfAvailable({ value(UnsafeRawBufferPointer($0)) }) == nil {
      Array(json).withUnsafeBytes { value($0) }
    }
  }

  // MARK: Pieces

  /// A finished value: a comma if one is due, and one will be due behind it.
  mutating func value(_ text: UnsafeRawBufferPointer) {
    put(atMost: text.count, comma: true) { place in
      UnsafeMutableRawBufferPointer(start: place, count: text.count).copyMemory(from: text)
      return text.count
    }
    needsComma = true
  }

  /// The same, for whoever puts its at most `size` bytes down at a place and returns how many it were.
  @inline(__always)
  mutating func value(atMost size: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    put(atMost: size, comma: true, write)
    needsComma = true
  }

  /// A piece of a value that is not finished, such as a string's next bytes.
  mutating func put(_ text: UnsafeRawBufferPointer) {
    put(atMost: text.count, comma: false) { place in
      UnsafeMutableRawBufferPointer(start: place, count: text.count).copyMemory(from: text)
      return text.count
    }
  }

  mutating func put(_ byte: UInt8) {
    put(atMost: 1, comma: false) { place in
      place[0] = byte
      return 1
    }
  }

  /// A comma if one is asked for and due, then what `write` puts down: the one way into the text.
  @inline(__always)
  private mutating func put(atMost size: Int, comma: Bool, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    if storage.count &- used <= size { grow(by: size) }
    let (start, comma) = (used, comma && needsComma)
    used = storage.withUnsafeMutableBufferPointer { text in
      // There is a base: growing made room for one byte more than asked for.
      guard var place = text.baseAddress else { return start }
      place += start
      place[0] = UInt8(ascii: ",")
      let first = comma ? 1 : 0
      return start &+ first &+ write(place + first)
    }
  }

  @inline(never)
  private mutating func grow(by size: Int) {
    let room = max(storage.count, size &+ 1, 64)
    storage.append(contentsOf: repeatElement(0, count: room))
  }

  private mutating func open(_ bracket: UInt8) {
    put(atMost: 1, comma: true) { place in
      place[0] = bracket
      return 1
    }
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    put(bracket)
    needsComma = true
  }
}
