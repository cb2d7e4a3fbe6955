import Aggregation
import Crypto
import Identity

/// Where lists go on, as text that a client gives back and nobody else can have written:
///
/// ```
/// base64url( version 1 │ for each list: digest of its bytes 8, row 4 │ HMAC-SHA256 of all that and of the scope, the first 16 bytes )
/// ```
///
/// The scope (document, user, filters, lists and who asks) is not in it but must be the same again: what one caller was given is nothing
/// to another. Nor would it be a way to anybody's data: a page is always taken from what the caller itself may see.
struct PageCursor {
  private static let version: UInt8 = 1
  private static let macBytes = 16
  private static let positionBytes = 12
  private static let domain = Array("tributary cursor".utf8)

  let positions: [ListPosition]

  init(_ positions: [ListPosition]) { self.positions = positions }

  /// Nil for anything that was not written with this key for this scope.
  ///
  /// - Parameter lists: how many it must be about.
  init?(_ text: [UInt8], lists: Int, scope: CursorScope, key: CursorKey) {
    let length = 1 + lists * Self.positionBytes
    // What is longer is not even decoded.
    guard text.count <= (length + Self.macBytes) * 4 / 3 + 2, let bytes = Base64URL.decode(text),
      bytes.count == length + Self.macBytes, bytes.first == Self.version
    else { return nil }
    let mac = Self.mac(bytes[..<length], scope, key)
    // Every byte is looked at, however early one differs.
    guard zip(mac, bytes[length...]).reduce(UInt8(0), { $0 | ($1.0 ^ $1.1) }) == 0 else { return nil }
    positions = (0..<lists).map { list in
      let start = 1 + list * Self.positionBytes
      let digest = bytes[start..<(start + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let offset = bytes[(start + 8)..<(start + 12)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return ListPosition(digest: digest, offset: offset)
    }
  }

  func text(scope: CursorScope, key: CursorKey) -> String {
    var bytes = [Self.version]
    for position in positions {
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: position.digest >> (56 - 8 * $0)) }
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: position.offset >> (24 - 8 * $0)) }
    }
    return Base64URL.encode(bytes + Self.mac(bytes[...], scope, key))
  }

  private static func mac(_ bytes: ArraySlice<UInt8>, _ scope: CursorScope, _ key: CursorKey) -> [UInt8] {
    var mac = HMAC<SHA256>(key: key.key)
    mac.update(data: domain)
    mac.update(data: Array(bytes))
    mac.update(data: scope.bytes)
    return Array(mac.finalize().prefix(macBytes))
  }
}

/// For what a cursor is: texts, each after its length, so that they can be taken apart in one way only.
struct CursorScope {
  private(set) var bytes: [UInt8] = []

  init(_ texts: [String]) { for text in texts { add(text) } }

  func adding(_ texts: [String]) -> CursorScope {
    var scope = self
    for text in texts { scope.add(text) }
    return scope
  }

  private mutating func add(_ text: String) {
    let count = UInt64(text.utf8.count)
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
    bytes += text.utf8
  }
}
