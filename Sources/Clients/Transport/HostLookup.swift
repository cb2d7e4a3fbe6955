import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A name that the system cannot resolve.
struct UnknownHost: Error {
  /// What `getaddrinfo` returned.
  let code: CInt
}

/// The addresses of one host name. Belongs to its event loop.
///
/// NIO's own resolver asks one name after the other on each loop: a name server that hangs for one upstream would hold up the
/// others. Here each host has at most one question under way, on a thread of its own, which all its connection attempts share;
/// an answer is used for a second.
final class HostLookup {
  private let host: String
  private let port: Int
  private let eventLoop: any EventLoop
  private var answer: (future: EventLoopFuture<[SocketAddress]>, until: NIODeadline?)?

  private static let timeToLive = TimeAmount.seconds(1)

  init(host: String, port: Int, eventLoop: any EventLoop) {
    self.host = host
    self.port = port
    self.eventLoop = eventLoop
  }

  /// A resolver for one connection attempt.
  func resolver() -> some Resolver & Sendable { SharedAnswer(addresses: addresses()) }

  /// Asks anew the next time.
  func forget() {
    if answer?.until != nil { answer = nil }
  }

  private func addresses() -> EventLoopFuture<[SocketAddress]> {
    if let answer, answer.until.map({ NIODeadline.now() < $0 }) ?? true { return answer.future }
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    let future = thread.runIfActive(eventLoop: eventLoop) { [host, port] in try Self.resolve(host, port) }
    answer = (future, nil)
    future.assumeIsolated().whenComplete { result in
      thread.shutdownGracefully { _ in }  // Idle by now: there is nothing that could fail.
      switch result {
      case .success: self.answer?.until = .now() + Self.timeToLive
      case .failure: self.answer = nil
      }
    }
    return future
  }

  private struct SharedAnswer: Resolver, Sendable {
    let addresses: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
      addresses.map { $0.filter { $0.protocol == .inet } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
      addresses.map { $0.filter { $0.protocol == .inet6 } }
    }

    func cancelQueries() {}
  }

  /// Asks the system. Blocks.
  private static func resolve(_ host: String, _ port: Int) throws -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_protocol = CInt(IPPROTO_TCP)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard code == 0 else { throw UnknownHost(code: code) }
    return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { entry in
      guard let entry = entry?.pointee, let address = entry.ai_addr else { return nil }
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
}
