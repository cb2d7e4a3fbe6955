import Clients
import HTTPTypes

/// The id of a request: the client's own if it is fit for a log line, else a new one.
enum RequestID {
  /// An incoming id is kept if it has 1 to 128 visible ASCII characters.
  static func accept(_ incoming: String?) -> String {
    guard let incoming, (1...128).contains(incoming.utf8.count), incoming.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return make()
    }
    return incoming
  }

  /// 128 bits in lower-case hexadecimal, the form of a W3C trace id. Unique, not secret.
  private static func make() -> String {
    let digits: StaticString = "0123456789abcdef"
    var bits = ScatteredBits.pair()
    return String(unsafeUninitializedCapacity: 32) { buffer in
      for place in 0..<16 {
        buffer[place] = digits.utf8Start[Int(bits.0 & 15)]
        buffer[place + 16] = digits.utf8Start[Int(bits.1 & 15)]
        bits = (bits.0 >> 4, bits.1 >> 4)
      }
      return 32
    }
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let serverTiming = HTTPField.Name("Server-Timing")!
  static let proxyStatus = HTTPField.Name("Proxy-Status")!
}
