import NIOCore
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A listening socket that accepts nobody, with its queue filled: it answers no SYN.
struct SilentListener {
  let port: Int
  private let sockets: [CInt]

  init(host: String = "127.0.0.1", port: Int = 0) throws {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    let bound = try SocketAddress(ipAddress: host, port: port).withSockAddr { bind(listener, $0, socklen_t($1)) == 0 }
    try #require(bound && listen(listener, 0) == 0)
    self.port = try Self.port(of: listener)
    let address = try SocketAddress(ipAddress: host, port: self.port)
    sockets =
      [listener]
      + (0..<4).map { _ in
        let filler = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        address.withSockAddr { _ = connect(filler, $0, socklen_t($1)) }
        return filler
      }
  }

  /// The third and fourth byte of a `sockaddr_in`, in the order of the network.
  private static func port(of socket: CInt) throws -> Int {
    var address = [UInt8](repeating: 0, count: 16)
    var size = socklen_t(address.count)
    let isKnown = address.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { $0.baseAddress.map { getsockname(socket, $0, &size) } == 0 }
    }
    try #require(isKnown)
    return Int(address[2]) << 8 | Int(address[3])
  }

  func close() { for socket in sockets { _ = Glibc.close(socket) } }
}
