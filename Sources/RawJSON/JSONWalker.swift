import Glibc

/// Goes through a body from value to value, wherever they are: for those who take pieces out of one, where ``JSONIndex`` tells only what
/// was asked for when it was scanned. About a nanosecond a byte.
///
/// The bytes must have been accepted by a scan; of others it tells something, but never reads outside of them, and always comes to an
/// end. It points into them: it must not outlive the `withUnsafeBytes` that it was made in.
package struct JSONWalker {
  private let bytes: UnsafeRawBufferPointer
  /// The byte that is looked at next.
  package private(set) var place: Int

  /// - Parameter place: where to begin, from the first byte.
  package init(_ bytes: UnsafeRawBufferPointer, at place: Int = 0) {
    self.bytes = bytes
    self.place = min(max(place, 0), bytes.count)
  }

  /// Goes to the next value, or name, and tells its first byte; nil before a closing bracket and at the end.
  package mutating func next() -> UInt8? {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: ":"): place &+= 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): return nil
      case let byte: return byte
      }
    }
    return nil
  }

  /// Passes the opening bracket that it stands before, or the closing one.
  package mutating func passBracket() { place = min(place &+ 1, bytes.count) }

  /// Goes to a place that is known, such as the end of a list.
  package mutating func jump(to place: Int) { self.place = min(max(place, 0), bytes.count) }

  /// Passes the name that it stands before; empty where there is none.
  package mutating func passName() -> JSONText {
    let name = passValue()
    let content = name.count < 2 ? name.lowerBound..<name.lowerBound : (name.lowerBound &+ 1)..<(name.upperBound &- 1)
    let raw = UnsafeRawBufferPointer(rebasing: bytes[content])
    let hasEscapes = raw.baseAddress.map { memchr($0, Int32(UInt8(ascii: "\\")), raw.count) != nil } ?? false
    return JSONText(raw: raw, hasEscapes: hasEscapes)
  }

  /// Passes the value, or name, that it stands before, and tells where it is, quotes and brackets included.
  @discardableResult
  package mutating func passValue() -> Range<Int> {
    guard next() != nil else { return place..<place }
    let start = place
    var depth = 0
    repeat {
      guard place < bytes.count else { break }
      switch bytes[place] {
      case UInt8(ascii: "\""): passString()
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth &+= 1
        place &+= 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth &-= 1
        place &+= 1
      case _ where depth > 0: place &+= 1
      default: passWord()
      }
    } while depth > 0
    return start..<place
  }

  private mutating func passString() {
    let start = place &+ 1
    place = start
    while place < bytes.count, let base = bytes.baseAddress,
      let quote = memchr(base + place, Int32(UInt8(ascii: "\"")), bytes.count &- place)
    {
      let end = base.distance(to: UnsafeRawPointer(quote))
      place = end &+ 1
      // Escaped if an odd number of backslashes stands before it.
      var before = end
      while before > start, bytes[before &- 1] == UInt8(ascii: "\\") { before &-= 1 }
      if (end &- before) & 1 == 0 { return }
    }
    place = bytes.count
  }

  /// A number, or `true`, `false`, `null`.
  private mutating func passWord() {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}"): return
      default: place &+= 1
      }
    }
  }
}
