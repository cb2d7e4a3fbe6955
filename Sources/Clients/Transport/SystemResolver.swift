import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `getaddrinfo`, each question on a thread of its own: it blocks for as long as the system likes, and cannot be cancelled.
/// ``HostLookup`` sees to it that there is one such thread for a name at most.
enum SystemResolver {
  static func ask(_ host: String, _ answer: @escaping @Sendable (HostLookup.Addresses) -> Void) {
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    thread.submit { _ in
      answer(resolve(host))
      thread.shutdownGracefully { _ in }  // Idle by now: there is nothing that could fail.
    }
  }

  /// Blocks.
  private static func resolve(_ host: String) -> HostLookup.Addresses {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_protocol = CInt(IPPROTO_TCP)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard code == 0 else { return .failure(UnknownHost(code: code)) }
    let entries = sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }
    return .success(entries.compactMap { $0.flatMap { address($0.pointee, host) } })
  }

  private static func address(_ entry: addrinfo, _ host: String) -> SocketAddress? {
    guard let address = entry.ai_addr else { return nil }
    switch entry.ai_family {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee, host: host) }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee, host: host) }
    default:
      return nil
    }
  }
}
