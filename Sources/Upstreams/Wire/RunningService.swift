import NIOCore
import Synchronization

/// A service with its two ports: what it answers, how it is broken, what it has seen.
final class RunningService: Sendable {
  private struct State {
    var fault = Fault.none
    var dice: SeededRandom
    /// Ends when the last change of fault that was asked for has been made: changes are made one after the other.
    var lastChange: EventLoopFuture<Void>
  }

  let service: Service
  let latency: Duration
  let counters: ServiceCounters
  /// What clients call, and what faults break.
  let main: Listener
  /// `/_fault` and `/_stats` only, never broken.
  let control: Listener
  private let group: any EventLoopGroup
  private let state: Mutex<State>

  init(_ name: ServiceName, data: Dataset, configuration: UpstreamsConfiguration, on group: any EventLoopGroup) {
    service = Service(name, data: data, credentials: configuration.credentials)
    latency = configuration.latencies[name] ?? .zero
    counters = ServiceCounters(service)
    let base = configuration.portBase
    main = Listener(
      on: group, host: configuration.host, port: base == 0 ? 0 : base + name.portOffset, counters: counters)
    control = Listener(on: group, host: configuration.host, port: base == 0 ? 0 : base + name.controlPortOffset)
    self.group = group
    let dice = SeededRandom(seed: configuration.size.seed, stream: 5, row: name.portOffset)
    state = Mutex(State(dice: dice, lastChange: group.any().makeSucceededVoidFuture()))
  }

  /// Binds both ports. The main one is bound also if `refuse` is about to close it: that is how it gets its number.
  func start(with fault: Fault) async throws {
    try await control.open { ConnectionHandler(self, door: .control) }.get()
    try await setFault(.none).get()
    if fault != .none { try await setFault(fault).get() }
  }

  /// Closes both ports and every connection, for good.
  func stop() async throws {
    try await main.stop().get()
    try await control.stop().get()
  }

  var fault: Fault { state.withLock { $0.fault } }

  /// The fault that meets the next request, and whether the dice chose that request for `flaky`.
  func faultForRequest() -> (fault: Fault, unlucky: Bool) {
    state.withLock { state in
      guard case .flaky(let percent) = state.fault else { return (state.fault, false) }
      return (state.fault, state.dice.draw(0...99) < percent)
    }
  }

  /// Breaks or heals the service; the future ends when connections meet the new behaviour. Fails, and changes nothing,
  /// if the port cannot be bound again.
  ///
  /// - Parameter spared: a connection that `refuse` leaves open.
  func setFault(_ fault: Fault, sparing spared: ObjectIdentifier? = nil) -> EventLoopFuture<Void> {
    let change = group.any().makePromise(of: Void.self)
    let before = state.withLock { state in
      let before = state.lastChange
      state.lastChange = change.futureResult
      return before
    }
    before.whenComplete { _ in
      let moved = fault == .refuse ? self.main.close(sparing: spared) : self.main.open { ConnectionHandler(self, door: .main) }
      moved.map { self.state.withLock { $0.fault = fault } }.cascade(to: change)
    }
    return change.futureResult
  }
}
