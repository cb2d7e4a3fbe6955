import EventLoops
import NIOCore
import Resilience

/// One Redis server on one event loop: the shell around ``RedisNodeState``, with one connection that all commands share. Belongs to its
/// event loop.
final class RedisNode {
  let eventLoop: any EventLoop
  private let setup: RedisSetup
  private let address: any RedisAddressSource
  private let connector: RedisConnector
  private let tell: (RedisEvent) -> Void
  private var state = RedisNodeState()
  private var connection: RedisConnection?
  /// Those that still have replies to give.
  private var retiring: [RedisConnection] = []
  private(set) var endpoint: RedisEndpoint?
  /// Wait for the first connection.
  private var waiting: [RedisCall] = []
  private var alarm = Alarm()
  private var backoffTimer: Scheduled<Void>?

  init(
    address: any RedisAddressSource, setup: RedisSetup, eventLoop: any EventLoop, tell: @escaping (RedisEvent) -> Void = { _ in }
  ) {
    self.address = address
    self.setup = setup
    self.eventLoop = eventLoop
    self.tell = tell
    self.connector = RedisConnector(setup: setup, eventLoop: eventLoop)
  }

  var status: RedisStatus {
    RedisStatus(
      isConnected: state.phase == .ready, circuit: RedisStatus.Circuit(state.circuit), lastError: state.lastError,
      outstanding: (connection?.outstanding ?? 0) + retiring.reduce(0) { $0 + $1.outstanding })
  }

  func send(_ call: RedisCall) {
    guard !call.command.isTooLarge else { return call.finish(.failure(.overloaded)) }
    // Nothing was sent, so that it says nothing new of the server: the breaker is not told.
    if call.ifResponsive, let connection, !connection.isResponsive { return call.finish(.failure(.unavailable)) }
    switch state.called(at: .now()) {
    case .refuse(let error): call.finish(.failure(error))
    case .wait(let connect):
      keep(call)
      if connect { self.connect() }
    case .send(let permit): send(call, permit)
    }
  }

  /// Connects without waiting for a first command.
  func warm() { if state.warmed() { connect() } }

  func shutDown() {
    state.shutDown()
    alarm.cancel()
    backoffTimer?.cancel()
    failWaiting(.shutDown)
    for connection in retiring { connection.close(.shutDown) }
    connection.take()?.close(.shutDown)
  }

  // MARK: What calls tell

  /// A call that had come here has its outcome.
  func ended(_ call: RedisCall, _ outcome: RedisOutcome) {
    if call.hasEnded { waiting.removeAll { $0 === call } }
    let permit = call.permit
    call.permit = .none
    state.ended(permit, outcome, at: .now(), chance: .random(in: 0...1))
    if outcome == .failure(.readOnly), address.isDynamic { connection?.retire() }
  }

  private func send(_ call: RedisCall, _ permit: RedisNodeState.Permit) {
    call.node = self
    call.permit = permit
    guard let connection else { return call.finish(.failure(.unavailable)) }
    connection.send(call)
  }

  // MARK: Waiting for the first connection

  private func keep(_ call: RedisCall) {
    let bytes = waiting.reduce(call.command.bytes.readableBytes) { $0 + $1.command.bytes.readableBytes }
    guard waiting.count < setup.maxOutstanding, waiting.isEmpty || bytes <= setup.maxOutstandingBytes else {
      return call.finish(.failure(.overloaded))
    }
    call.node = self
    waiting.append(call)
    alarm.set(at: call.deadline, on: eventLoop) { self.timePassed() }
  }

  private func timePassed() {
    alarm.rang()
    let now = NIODeadline.now()
    let late = waiting.filter { $0.deadline <= now }
    waiting.removeAll { $0.deadline <= now }
    for call in late { call.finish(.failure(.timeout)) }
    if let next = waiting.map(\.deadline).min() { alarm.set(at: next, on: eventLoop) { self.timePassed() } }
  }

  private func failWaiting(_ error: RedisError) {
    alarm.cancel()
    let calls = waiting
    waiting = []
    for call in calls { call.finish(.failure(error)) }
  }
}

// MARK: Connecting

extension RedisNode: RedisConnectionOwner {
  private func connect() {
    address.find { endpoint in
      guard let endpoint else { return self.disconnected(.unavailable) }
      self.endpoint = endpoint
      self.connector.open(endpoint, for: self) { self.disconnected($0) }
    }
  }

  func ready(_ connection: RedisConnection) {
    guard state.connected() else { return connection.close(.cancelled) }
    self.connection = connection
    if let endpoint { tell(.connected(endpoint)) }
    alarm.cancel()
    let calls = waiting
    waiting = []
    // What one of them ends with may have cancelled another.
    for call in calls where !call.hasEnded { send(call) }
  }

  func retired(_ connection: RedisConnection) {
    guard connection === self.connection else { return }
    self.connection = nil
    retiring.append(connection)
    if state.retired() { connect() }
  }

  func closed(_ connection: RedisConnection, _ error: RedisError) {
    // One that was not wanted, or whose successor is on its way, is not missed.
    if let index = retiring.firstIndex(where: { $0 === connection }) {
      retiring.remove(at: index)
    } else if connection === self.connection {
      self.connection = nil
      disconnected(error)
    } else if self.connection == nil, error != .cancelled {
      disconnected(error)
    }
  }

  private func disconnected(_ error: RedisError) {
    guard let delay = state.disconnected(error, chance: .random(in: 0...1)) else { return }
    failWaiting(error)
    tell(.disconnected(error))
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    backoffTimer = eventLoop.scheduleTask(in: .nanoseconds(delay.clampedNanoseconds)) {
      if bound.value.state.backoffEnded() { bound.value.connect() }
    }
  }
}
