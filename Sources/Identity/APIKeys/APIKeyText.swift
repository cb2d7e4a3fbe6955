/// An API key as its owner has it: `trb_<id>_<secret>`, the id 16 hexadecimal digits, the secret 256 random bits in base64url. The
/// beginning lets scanners find keys that were published by mistake.
struct APIKeyText {
  let id: String
  let secret: [UInt8]

  private static let prefix = "trb_"
  private static let idLength = 16
  /// In bytes: 43 characters.
  static let secretLength = 32
  /// Of the whole text.
  static let length = prefix.utf8.count + idLength + 1 + 43

  /// Nil for what is no such text.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let end = Self.prefix.utf8.count + Self.idLength
    guard bytes.count == Self.length, text.hasPrefix(Self.prefix), bytes[end] == UInt8(ascii: "_") else { return nil }
    let id = String(decoding: bytes[Self.prefix.utf8.count..<end], as: UTF8.self)
    guard Self.isID(id), let secret = Base64URL.decode(bytes[(end + 1)...]) else { return nil }
    (self.id, self.secret) = (id, secret)
  }

  /// A new one.
  init(using random: inout some RandomNumberGenerator) {
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...UInt8.max, using: &random) } }
    id = bytes(Self.idLength / 2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    secret = bytes(Self.secretLength)
  }

  var text: String { "\(Self.prefix)\(id)_\(Base64URL.encode(secret))" }

  static func isID(_ text: String) -> Bool {
    text.utf8.count == idLength && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }
}
