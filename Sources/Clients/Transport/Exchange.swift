import NIOCore

/// One request under way: who waits for it, until when, and where it is. Belongs to its event loop.
final class Exchange {
  typealias Outcome = Result<HTTPExchangeResponse, TransportError>

  /// The request as it goes over the wire.
  let bytes: ByteBuffer
  let isHead: Bool
  let deadline: NIODeadline

  /// The connection that carries it, if one does.
  var connection: HTTPConnection?
  private(set) var resends = 0

  private let pool: ConnectionPool
  private var continuation: UnsafeContinuation<Outcome, Never>?

  /// A request is sent again at once so many times, the last time on a fresh connection.
  private static let maxResends = 2

  init(bytes: ByteBuffer, isHead: Bool, deadline: NIODeadline, pool: ConnectionPool) {
    self.bytes = bytes
    self.isHead = isHead
    self.deadline = deadline
    self.pool = pool
  }

  func start(_ continuation: UnsafeContinuation<Outcome, Never>) {
    self.continuation = continuation
    pool.requestArrived(self)
  }

  /// The caller's task was cancelled. At any time, any number of times.
  func cancel() {
    guard continuation != nil else { return }
    if let connection { connection.cancel() } else { pool.abandon(self, .cancelled) }
  }

  /// Its connection was dead before it was used.
  func resend() {
    connection = nil
    resends += 1
    pool.requestResent(self, needsFresh: resends >= Self.maxResends)
  }

  /// Answers the caller: the first time, and never again.
  func finish(_ outcome: Outcome) {
    connection = nil
    guard let continuation else { return }
    self.continuation = nil
    continuation.resume(returning: outcome)
  }
}

extension Exchange: Equatable {
  static func == (a: Exchange, b: Exchange) -> Bool { a === b }
}
