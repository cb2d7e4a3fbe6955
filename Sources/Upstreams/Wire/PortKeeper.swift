import Glibc
import NIOCore

/// Keeps a bound port for its owner while nobody listens there: connections to it are refused, and no other process gets it.
///
/// A socket that is bound and does not listen takes no connection. `SO_REUSEPORT` lets it stand beside the listening socket
/// of the same user, and keeps out everybody who does not ask for that option.
final class PortKeeper: Sendable {
  private let descriptor: CInt

  /// - Parameter address: where a socket with `SO_REUSEPORT` set is bound already.
  /// - Throws: `IOError`, if the port cannot be bound beside it.
  init(_ address: SocketAddress) throws {
    let descriptor = socket(
      address.protocol == .inet6 ? AF_INET6 : AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    var on: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout<CInt>.size))
    let isBound = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) == 0 }
    guard isBound else {
      let cause = errno
      close(descriptor)
      throw IOError(errnoCode: cause, reason: "bind of \(address)")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}

extension ChannelOptions.Types.SocketOption {
  /// Lets a listening socket stand beside the `PortKeeper` of its port.
  static var sharedWithKeeper: Self { Self(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_REUSEPORT)) }
}
