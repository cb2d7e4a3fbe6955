import NIOCore

/// Which connection serves which request: a value, told what has happened, that answers with what to do about it.
///
/// A connection is reused last in, first out, so that the ones not needed age and are closed. Requests beyond the bound wait in
/// order. One attempt to connect is under way for each waiting request, as far as the bound allows; a request takes whatever
/// connection is there first, its own or one given back. An attempt that fails takes the oldest waiting request with it, unless
/// the attempts left suffice for all: no request waits for an endless series of failures.
struct ConnectionPoolState<Request: Equatable> {
  /// A connection's place, and which of its successive holders is meant. What is told about an earlier holder is ignored.
  struct ConnectionID: Hashable {
    let index: Int
    let generation: UInt32
  }

  struct Assignment: Equatable {
    let request: Request
    let connection: ConnectionID
  }

  struct Failure: Equatable {
    let request: Request
    let error: TransportError
  }

  /// What to do, in this order. The connection to close is already forgotten here.
  struct Action: Equatable {
    var close: ConnectionID?
    var connect: ConnectionID?
    var fail: Failure?
    var send: Assignment?
  }

  private enum Phase { case free, connecting, idle, leased }

  private struct Slot {
    var phase = Phase.free
    var generation: UInt32 = 0
  }

  private struct Idle {
    let index: Int
    let since: NIODeadline
  }

  private struct Waiter {
    let request: Request
    let needsFresh: Bool
  }

  private let maxConnections: Int
  private let maxIdle: Int
  private let idleTimeout: TimeAmount

  private var slots: [Slot] = []
  private var free: [Int] = []
  /// The longest idle first.
  private var idle: [Idle] = []
  private var waiters = CircularBuffer<Waiter>()
  private(set) var isShutDown = false
  private(set) var connecting = 0
  private(set) var leased = 0

  init(maxConnections: Int, maxIdle: Int, idleTimeout: TimeAmount) {
    self.maxConnections = max(1, maxConnections)
    self.maxIdle = max(0, maxIdle)
    self.idleTimeout = idleTimeout
  }

  var idleCount: Int { idle.count }
  var waitingCount: Int { waiters.count }
  var openCount: Int { connecting + leased + idle.count }
  /// When the next idle connection is to be closed.
  var nextIdleExpiry: NIODeadline? { idle.first.map { $0.since + idleTimeout } }
  /// The requests without a connection, in their order.
  var waitingRequests: some Sequence<Request> { waiters.lazy.map(\.request) }

  /// A request wants a connection.
  mutating func requestArrived(_ request: Request) -> Action {
    if isShutDown { return Action(fail: Failure(request: request, error: .shutDown)) }
    if let lease = leaseIdle() { return Action(send: Assignment(request: request, connection: lease)) }
    waiters.append(Waiter(request: request, needsFresh: false))
    var action = Action()
    connectIfNeeded(&action)
    return action
  }

  /// The reused connection of a request died before it was of use: the request goes to the head of the line.
  /// - Parameter needsFresh: serve it from a connection that was never used, whatever is idle.
  mutating func requestResent(_ request: Request, needsFresh: Bool) -> Action {
    if isShutDown { return Action(fail: Failure(request: request, error: .shutDown)) }
    if !needsFresh, let lease = leaseIdle() { return Action(send: Assignment(request: request, connection: lease)) }
    waiters.prepend(Waiter(request: request, needsFresh: needsFresh))
    var action = Action()
    connectIfNeeded(&action)
    return action
  }

  /// A request does not want a connection any more. False: it was not waiting for one.
  mutating func requestAbandoned(_ request: Request) -> Bool {
    guard let index = waiters.firstIndex(where: { $0.request == request }) else { return false }
    waiters.remove(at: index)
    return true
  }

  /// An attempt to connect has succeeded.
  mutating func connected(_ id: ConnectionID, at now: NIODeadline) -> Action {
    guard isCurrent(id, .connecting) else { return Action(close: id) }
    connecting -= 1
    if let waiter = waiters.popFirst() {
      slots[id.index].phase = .leased
      leased += 1
      return Action(send: Assignment(request: waiter.request, connection: id))
    }
    return park(id, at: now)
  }

  /// An attempt to connect has failed.
  mutating func connectFailed(_ id: ConnectionID, _ error: TransportError) -> Action {
    guard isCurrent(id, .connecting) else { return Action() }
    connecting -= 1
    release(id.index)
    var action = Action()
    if waiters.count > connecting, let waiter = waiters.popFirst() {
      action.fail = Failure(request: waiter.request, error: error)
    }
    connectIfNeeded(&action)
    return action
  }

  /// The exchange on a connection is over, and the connection can take another.
  mutating func returned(_ id: ConnectionID, at now: NIODeadline) -> Action {
    guard isCurrent(id, .leased) else { return Action(close: id) }
    if let index = waiters.firstIndex(where: { !$0.needsFresh }) {
      return Action(send: Assignment(request: waiters.remove(at: index).request, connection: id))
    }
    leased -= 1
    return park(id, at: now)
  }

  /// A connection, idle or leased, is gone, or is being closed.
  mutating func closed(_ id: ConnectionID) -> Action {
    if isCurrent(id, .leased) {
      leased -= 1
    } else if isCurrent(id, .idle) {
      idle.removeAll { $0.index == id.index }
    } else {
      return Action()
    }
    release(id.index)
    var action = Action()
    connectIfNeeded(&action)
    return action
  }

  /// The idle connections whose time is over at `now`: to be closed.
  mutating func idleExpired(at now: NIODeadline) -> [ConnectionID] {
    let expired = idle.prefix { $0.since + idleTimeout <= now }.map(\.index)
    idle.removeFirst(expired.count)
    return expired.map { index in
      defer { release(index) }
      return current(index)
    }
  }
}

extension ConnectionPoolState {
  /// The end: no request is served any more.
  /// - Returns: the requests to fail, and the connections to close, idle and leased. Attempts under way are closed when they end.
  mutating func shutDown() -> (fail: [Request], close: [ConnectionID]) {
    isShutDown = true
    let requests = waiters.map(\.request)
    let open = slots.indices.filter { slots[$0].phase == .idle || slots[$0].phase == .leased }.map(current)
    waiters.removeAll()
    idle.removeAll()
    for index in slots.indices where slots[index].phase != .free { release(index) }
    (connecting, leased) = (0, 0)
    return (requests, open)
  }

  private func current(_ index: Int) -> ConnectionID {
    ConnectionID(index: index, generation: slots[index].generation)
  }

  private func isCurrent(_ id: ConnectionID, _ phase: Phase) -> Bool {
    slots.indices.contains(id.index) && slots[id.index].generation == id.generation && slots[id.index].phase == phase
  }

  private mutating func release(_ index: Int) {
    slots[index].phase = .free
    slots[index].generation &+= 1
    free.append(index)
  }

  private mutating func leaseIdle() -> ConnectionID? {
    guard let last = idle.popLast() else { return nil }
    slots[last.index].phase = .leased
    leased += 1
    return current(last.index)
  }

  /// Keeps a connection for later, at the cost of the longest idle one where there are too many, or where only a fresh one helps.
  private mutating func park(_ id: ConnectionID, at now: NIODeadline) -> Action {
    slots[id.index].phase = .idle
    idle.append(Idle(index: id.index, since: now))
    var action = Action()
    if idle.count > maxIdle { action.close = dropLongestIdle() }
    connectIfNeeded(&action)
    return action
  }

  private mutating func dropLongestIdle() -> ConnectionID? {
    guard let longest = idle.first else { return nil }
    idle.removeFirst()
    let id = current(longest.index)
    release(longest.index)
    return id
  }

  /// Begins an attempt where more requests wait than attempts are under way. One is enough: each event frees one place at most.
  private mutating func connectIfNeeded(_ action: inout Action) {
    guard waiters.count > connecting else { return }
    if openCount >= maxConnections {
      guard action.close == nil, let dropped = dropLongestIdle() else { return }
      action.close = dropped
    }
    let index = free.popLast() ?? slots.count
    if index == slots.count { slots.append(Slot()) }
    slots[index].phase = .connecting
    connecting += 1
    action.connect = current(index)
  }
}
