import EventLoops
import NIOCore

/// The connections to one upstream on one event loop: the shell around ``ConnectionPoolState``. Belongs to its event loop.
final class ConnectionPool {
  typealias State = ConnectionPoolState<Exchange>
  typealias ConnectionID = State.ConnectionID

  let eventLoop: any EventLoop
  private let limits: TransportLimits
  private let opener: ConnectionOpener
  /// Nil but in a rehearsal.
  private let standIn: StandIn?
  private var state: State
  /// The connections that are open, at the index of their id.
  private var connections: [HTTPConnection?] = []
  private var alarm = Alarm()

  init(opener: ConnectionOpener, limits: TransportLimits, standIn: StandIn? = nil, eventLoop: any EventLoop) {
    self.opener = opener
    self.standIn = standIn
    self.limits = limits
    self.eventLoop = eventLoop
    self.state = State(
      maxConnections: limits.maxConnections, maxIdle: limits.maxIdle, idleTimeout: limits.idleTimeout)
  }

  var counts: Transport.Counts {
    Transport.Counts(
      open: state.openCount, connecting: state.connecting, idle: state.idleCount, leased: state.leased,
      waiting: state.waitingCount)
  }

  // MARK: What exchanges tell

  func requestArrived(_ exchange: Exchange) {
    if let standIn { return exchange.finish(standIn.outcome(of: exchange.bytes)) }
    perform(state.requestArrived(exchange))
    wake(at: exchange.deadline)
  }

  func requestResent(_ exchange: Exchange, needsFresh: Bool) {
    perform(state.requestResent(exchange, needsFresh: needsFresh))
  }

  /// Fails an exchange that waits for a connection.
  func abandon(_ exchange: Exchange, _ error: TransportError) {
    if state.requestAbandoned(exchange) { exchange.finish(.failure(error)) }
  }

  // MARK: What connections tell

  func returned(_ id: ConnectionID) {
    let now = NIODeadline.now()
    perform(state.returned(id, at: now))
    if state.idleCount > 0 { wake(at: now + limits.idleTimeout) }
  }

  func closed(_ connection: HTTPConnection, _ id: ConnectionID) {
    if connections[id.index] === connection { connections[id.index] = nil }
    perform(state.closed(id))
  }

  /// Closes every connection and fails every exchange.
  func shutDown() {
    let end = state.shutDown()
    alarm.cancel()
    for exchange in end.fail { exchange.finish(.failure(.shutDown)) }
    for id in end.close { take(id)?.shutDown() }
  }

  // MARK: What the state says

  private func perform(_ action: State.Action) {
    if let id = action.close { take(id)?.close() }
    if let id = action.connect { connect(id) }
    if let failure = action.fail { failure.request.finish(.failure(failure.error)) }
    if let send = action.send { connections[send.connection.index]?.send(send.request) }
  }

  private func take(_ id: ConnectionID) -> HTTPConnection? {
    guard connections.indices.contains(id.index), connections[id.index]?.id == id else { return nil }
    return connections[id.index].take()
  }

  private func connect(_ id: ConnectionID) {
    while connections.count <= id.index { connections.append(nil) }
    opener.open(for: self, limits) { result in
      switch result {
      case .success(let connection): self.connected(id, connection)
      case .failure(let error): self.perform(self.state.connectFailed(id, error))
      }
    }
  }

  private func connected(_ id: ConnectionID, _ connection: HTTPConnection) {
    guard !connection.isClosed else {
      return perform(state.connectFailed(id, .reset(responseStarted: false)))
    }
    let now = NIODeadline.now()
    let action = state.connected(id, at: now)
    guard action.close != id else { return connection.close() }
    connection.id = id
    connections[id.index] = connection
    perform(action)
    if state.idleCount > 0 { wake(at: now + limits.idleTimeout) }
  }
}

// MARK: Time

extension ConnectionPool {
  /// One timer for all: exchanges and idle connections do not schedule anything of their own, and one that ends in time cancels
  /// nothing. The timer may come for nothing; then it is set again for what is next.
  private func wake(at instant: NIODeadline) {
    alarm.set(at: instant, on: eventLoop) { self.timePassed() }
  }

  private func timePassed() {
    alarm.rang()
    let now = NIODeadline.now()
    for case let connection? in connections {
      if let deadline = connection.deadline, deadline <= now { connection.timeOut() }
    }
    for exchange in state.waitingRequests.filter({ $0.deadline <= now }) { abandon(exchange, .timeout) }
    for id in state.idleExpired(at: now) { take(id)?.close() }
    var next = state.nextIdleExpiry
    for case let connection? in connections {
      if let deadline = connection.deadline { next = min(next ?? deadline, deadline) }
    }
    for exchange in state.waitingRequests { next = min(next ?? exchange.deadline, exchange.deadline) }
    if let next { wake(at: next) }
  }
}
