import NIOCore

/// Who asked for an exchange, and is told how it ended. Lives on the exchange's event loop.
protocol ExchangeOwner: AnyObject {
  /// Once for each exchange that was started.
  func ended(_ exchange: Exchange, _ outcome: Exchange.Outcome)
}

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
  /// Nil before it starts and after it has ended.
  private var owner: (any ExchangeOwner)?

  /// A request is sent again at once so many times, the last time on a fresh connection.
  private static let maxResends = 2

  init(bytes: ByteBuffer, isHead: Bool, deadline: NIODeadline, pool: ConnectionPool) {
    self.bytes = bytes
    self.isHead = isHead
    self.deadline = deadline
    self.pool = pool
  }

  /// Goes to the pool. It may end before this returns.
  func start(for owner: any ExchangeOwner) {
    self.owner = owner
    guard deadline > .now() else { return finish(.failure(.timeout)) }
    pool.requestArrived(self)
  }

  /// Nobody waits any more. At any time, any number of times.
  func cancel() {
    guard owner != nil else { return }
    if let connection { connection.cancel() } else { pool.abandon(self, .cancelled) }
  }

  /// Its connection was dead before it was used.
  func resend() {
    connection = nil
    resends += 1
    pool.requestResent(self, needsFresh: resends >= Self.maxResends)
  }

  /// Tells its owner: the first time, and never again.
  func finish(_ outcome: Outcome) {
    connection = nil
    guard let owner else { return }
    self.owner = nil
    owner.ended(self, outcome)
  }
}

extension Exchange: Equatable {
  static func == (a: Exchange, b: Exchange) -> Bool { a === b }
}
