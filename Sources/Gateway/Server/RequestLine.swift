import Glibc

/// The first line of a request, byte by byte as it comes: `method SP target SP "HTTP/" DIGIT "." DIGIT CRLF` and nothing else
/// (RFC 9112 §3).
///
/// The parser behind it is laxer: it takes doubled spaces, and RTSP for HTTP. What method, target and version *are* is the parser's to say.
/// Costs a look at each byte of the line, and no memory.
struct RequestLine: Equatable {
  private enum Part: Equatable {
    /// Line ends before a request (§2.2).
    case blank
    case method
    case target
    case version
    case ended
    case broken
  }

  private var part = Part.blank
  /// Bytes of the part so far.
  private var partBytes = 0
  private var spellsHead = true
  /// Bytes so far, without the line end.
  private(set) var bytes = 0

  var hasBegun: Bool { part != .blank }
  var hasEnded: Bool { part == .ended }
  /// Nothing that comes can make it a request line any more.
  var isBroken: Bool { part == .broken }
  /// Whether the method is known, and HEAD: no answer to it has a body.
  private(set) var asksForHead = false

  /// - Returns: how many of the bytes belong to the line, or stand before it: all, unless it has ended, or broken, among them.
  mutating func read(_ input: UnsafeRawBufferPointer) -> Int {
    for (index, byte) in input.enumerated() {
      switch part {
      case .blank:
        if byte == Self.cr || byte == Self.lf { continue }
        part = .method
        readMethod(byte)
      case .method: readMethod(byte)
      case .target: readTarget(byte)
      case .version: readVersion(byte)
      case .ended, .broken: return index
      }
      if part == .ended { return index + 1 }
      bytes += 1
    }
    return input.count
  }

  private mutating func readMethod(_ byte: UInt8) {
    switch byte {
    case Self.space:
      asksForHead = spellsHead && partBytes == Self.head.utf8CodeUnitCount
      begin(.target, isGood: partBytes > 0)
    case Self.cr, Self.lf: part = .broken
    default:
      spellsHead = spellsHead && partBytes < Self.head.utf8CodeUnitCount && byte == Self.head.utf8Start[partBytes]
      partBytes += 1
    }
  }

  private mutating func readTarget(_ byte: UInt8) {
    switch byte {
    case Self.space: begin(.version, isGood: partBytes > 0)
    case Self.cr, Self.lf: part = .broken
    default: partBytes += 1
    }
  }

  private mutating func readVersion(_ byte: UInt8) {
    let isRight =
      switch partBytes {
      case 5, 7: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      default: byte == Self.version.utf8Start[partBytes]
      }
    partBytes += 1
    if !isRight { part = .broken } else if partBytes == Self.version.utf8CodeUnitCount { part = .ended }
  }

  private mutating func begin(_ next: Part, isGood: Bool) {
    part = isGood ? next : .broken
    partBytes = 0
  }

  private static let (cr, lf, space) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: " "))
  private static let head: StaticString = "HEAD"
  /// Digits where the zeros are.
  private static let version: StaticString = "HTTP/0.0\r\n"
}

/// Where a stretch of fields, or of chunks, may end.
enum BlankLine {
  /// Bytes up to and with the first line end that may close an empty line, or all. What was before is not known, so that a line end among
  /// the first two bytes is one of those.
  static func end(in bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
    var from = 0
    while from < bytes.count, let found = memchr(base + from, Int32(lf), bytes.count - from) {
      let index = base.distance(to: UnsafeRawPointer(found))
      if index < 2 || bytes[index - 1] == lf || bytes[index - 1] == cr && bytes[index - 2] == lf { return index + 1 }
      from = index + 1
    }
    return bytes.count
  }
}
