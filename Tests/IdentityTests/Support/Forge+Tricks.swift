import Crypto

@testable import Identity

/// What a forger does.
extension Forge {
  /// A token of HS256 with a secret of the forger's choosing.
  func hmac(secret: [UInt8], kid: String) throws -> [UInt8] {
    let header = Base64URL.encode("{\"alg\":\"HS256\",\"kid\":\"\(kid)\"}".utf8)
    let input = Array("\(header).\(Base64URL.encode(Self.payload().utf8))".utf8)
    return Self.joined(input, Array(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: secret))))
  }

  /// The public RSA key in DER.
  static var derOfPublicKey: [UInt8] {
    let body = TestKeys.publicRSA.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
    var text = Array(body.utf8).map {
      $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
    }
    while text.last == UInt8(ascii: "=") { text.removeLast() }
    return Base64URL.decode(text) ?? []
  }

  /// The same token with another signature.
  static func cut(_ token: [UInt8], signature change: ([UInt8]) -> [UInt8]) -> [UInt8] {
    guard let dot = token.lastIndex(of: UInt8(ascii: ".")), let signature = Base64URL.decode(token[(dot + 1)...]) else {
      return []
    }
    return joined(Array(token[..<dot]), change(signature))
  }

  /// A raw signature as most libraries but those for tokens write it.
  static func der(_ raw: [UInt8]) -> [UInt8] {
    func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
      let digits = Array(bytes.drop { $0 == 0 })
      let body = (digits.first ?? 0) >= 0x80 ? [0] + digits : digits
      return [0x02, UInt8(body.count)] + body
    }
    let body = integer(raw[..<(raw.count / 2)]) + integer(raw[(raw.count / 2)...])
    return [0x30, UInt8(body.count)] + body
  }

  /// With the first of these texts replaced.
  static func replacing(_ token: [UInt8], _ old: Character, _ new: String) -> [UInt8] {
    let text = String(decoding: token, as: UTF8.self)
    let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    return Array("\(parts[0])\(new)\(parts[1])".utf8)
  }
}
