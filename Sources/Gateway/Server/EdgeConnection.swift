import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// A client's connection, whatever is spoken on it, as its loop looks after it. Belongs to the loop.
protocol EdgeConnection: AnyObject {
  /// Its place among the connections of the loop.
  var slot: Int? { get set }

  /// Ends what has waited too long.
  func look(at now: NIODeadline)
  /// Takes nothing new; closes when it owes nobody anything.
  func quiesce()
  /// Closes, whatever is under way.
  func shutDown()
}

extension Channel {
  /// Closes so that the client hears a reset: what is not sent yet is dropped, and the kernel forgets the rest.
  func cut(isSecure: Bool) {
    // A socket that is closed already has no options: the result says nothing.
    if let socket = self as? any SocketOptionProvider { _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)) }
    closeSocket(isSecure: isSecure)
  }

  /// Closes without the goodbyes of TLS, which wait for the client's.
  func closeSocket(isSecure: Bool) {
    guard isSecure else { return close(promise: nil) }
    do {
      try pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self).close(promise: nil)
    } catch {
      // No handler any more: the channel is closed already.
      close(promise: nil)
    }
  }
}
