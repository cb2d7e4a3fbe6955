import HTTPTypes
import Synchronization

/// The id of a request: the client's own if it is fit for a log line, else a new one.
enum RequestID {
  private static let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
  private static let counter = Atomic<UInt64>(0)

  /// An incoming id is kept if it has 1 to 128 visible ASCII characters.
  static func accept(_ incoming: String?) -> String {
    guard let incoming, (1...128).contains(incoming.utf8.count), incoming.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return make()
    }
    return incoming
  }

  /// 128 bits in lower-case hexadecimal, the form of a W3C trace id. Unique, not secret: a counter scattered by a seed that was
  /// drawn once, because asking the kernel for each id costs two system calls a request.
  private static func make() -> String {
    let digits: StaticString = "0123456789abcdef"
    let number = counter.add(1, ordering: .relaxed).newValue
    var bits = (scattered(seed.0 &+ number &* 0x9E37_79B9_7F4A_7C15), scattered(seed.1 &+ number &* 0xD134_2543_DE82_EF95))
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

extension RequestID {
  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one, every bit depends on every bit.
  private static func scattered(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let serverTiming = HTTPField.Name("Server-Timing")!
  static let proxyStatus = HTTPField.Name("Proxy-Status")!
}
