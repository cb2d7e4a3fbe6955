/// Writes JSON (RFC 8259) to the end of a byte array: the computed parts of a document, and spliced pieces between them.
///
/// It sets the commas; that brackets match and that keys stand in objects only is the caller's business. The same calls give the
/// same
/// bytes, always.
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
  /// What has been written so far.
  package private(set) var bytes: [UInt8]
  /// A value was just finished: whatever comes next, but a closing bracket, needs a comma before it.
  private var needsComma = false

  package init(capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

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
    // Put together first: one append costs a third of five.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size + 4) { text in
      var place = 0
      if needsComma {
        text[0] = UInt8(ascii: ",")
        place = 1
      }
      text[place] = UInt8(ascii: "\"")
      UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(text)[(place + 1)...])
        .copyMemory(from: UnsafeRawBufferPointer(start: name.utf8Start, count: size))
      text[place + size + 1] = UInt8(ascii: "\"")
      text[place + size + 2] = UInt8(ascii: ":")
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<(place + size + 3)]))
    }
    needsComma = false
  }

  /// A member's name that is known only at run time, such as a section's.
  package mutating func key(named name: String) {
    separate()
    appendQuoted(name)
    finishKey()
  }

  // MARK: Values

  package mutating func null() { literal("null") }
  package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  package mutating func string(_ value: String) {
    beginValue()
    appendQuoted(value)
  }

  /// A text from a body, unescaped and escaped again (a lone surrogate becomes U+FFFD).
  package mutating func string(_ value: JSONText) {
    beginValue()
    value.withBytes { text in text.withMemoryRebound(to: UInt8.self) { appendQuoted($0) } }
  }

  /// One value that is JSON already, untouched.
  package mutating func raw(_ json: UnsafeRawBufferPointer) {
    beginValue()
    bytes.append(contentsOf: json)
  }

  /// One value that is JSON already, untouched.
  package mutating func raw(_ json: some Collection<UInt8>) {
    beginValue()
    bytes.append(contentsOf: json)
  }

  // MARK: Pieces

  /// A comma if one is due.
  mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  /// A value comes now: a comma if one is due, and one will be due behind it.
  mutating func beginValue() {
    separate()
    needsComma = true
  }

  mutating func append(_ text: some Collection<UInt8>) {
    bytes.append(contentsOf: text)
  }

  mutating func append(_ byte: UInt8) {
    bytes.append(byte)
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func finishKey() {
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  private mutating func literal(_ text: StaticString) {
    beginValue()
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
