import NIOCore
import Synchronization

@testable import Clients

/// A resolver that answers as the test says, and a clock that moves as the test says.
final class FakeResolver: Sendable {
  enum Reply: Sendable {
    case addresses([String])
    case unknown
    /// Until the test calls `letGo`.
    case hangs
  }

  private struct State {
    var replies: [String: Reply] = [:]
    var questions: [String: Int] = [:]
    var hanging: [String: @Sendable (HostLookup.Addresses) -> Void] = [:]
    var now = NIODeadline.now()
  }

  private let state: Mutex<State>

  init(_ replies: [String: Reply]) { state = Mutex(State(replies: replies)) }

  func lookup() -> HostLookup {
    HostLookup(now: { self.state.withLock(\.now) }, question: { self.ask($0, $1) })
  }

  /// How many questions there were about a name.
  func questions(_ host: String) -> Int { state.withLock { $0.questions[host, default: 0] } }

  func say(_ reply: Reply, of host: String) { state.withLock { $0.replies[host] = reply } }

  func advance(_ time: TimeAmount) { state.withLock { $0.now = $0.now + time } }

  /// Answers the question that hangs.
  func letGo(_ host: String, _ reply: Reply) {
    let answer = state.withLock { $0.hanging.removeValue(forKey: host) }
    if let addresses = Self.addresses(reply) { answer?(addresses) }
  }

  private func ask(_ host: String, _ answer: @escaping @Sendable (HostLookup.Addresses) -> Void) {
    let addresses = state.withLock { state in
      state.questions[host, default: 0] += 1
      let addresses = Self.addresses(state.replies[host] ?? .unknown)
      if addresses == nil { state.hanging[host] = answer }
      return addresses
    }
    if let addresses { answer(addresses) }
  }

  private static func addresses(_ reply: Reply) -> HostLookup.Addresses? {
    switch reply {
    case .addresses(let texts): .success(texts.compactMap { try? SocketAddress(ipAddress: $0, port: 0) })
    case .unknown: .failure(UnknownHost(code: -2))
    case .hangs: nil
    }
  }
}
