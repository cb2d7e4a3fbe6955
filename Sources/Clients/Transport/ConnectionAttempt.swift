import NIOCore
import NIOPosix

/// One attempt to connect to any of some addresses: the shell around ``ConnectionRace``. Belongs to its event loop.
final class ConnectionAttempt {
  struct Outcome {
    let channel: Result<any Channel, TransportError>
    /// The address that was connected to.
    let reached: SocketAddress?
    /// Those that were tried and did not connect, or not in time.
    let failed: ArraySlice<SocketAddress>
  }

  /// Makes the bootstrap of one connection, which must tell its channel as soon as there is one.
  typealias Bootstrap = (_ created: @escaping (any Channel) -> Void) -> ClientBootstrap

  private let addresses: [SocketAddress]
  private let eventLoop: any EventLoop
  private let bootstrap: Bootstrap
  private let completion: (Outcome) -> Void
  private var race: ConnectionRace
  private var channels: [Int: any Channel] = [:]
  private var timer: Scheduled<Void>?

  /// - Parameter completion: told once, on the loop.
  init(
    addresses: [SocketAddress], until deadline: NIODeadline, on eventLoop: any EventLoop,
    bootstrap: @escaping Bootstrap, completion: @escaping (Outcome) -> Void
  ) {
    self.addresses = addresses
    self.eventLoop = eventLoop
    self.bootstrap = bootstrap
    self.completion = completion
    self.race = ConnectionRace(count: addresses.count, deadline: deadline)
  }

  func start() { perform(race.begun(at: .now())) }

  private func perform(_ action: ConnectionRace.Action) {
    switch action {
    case .connect(let index): connect(index)
    case .wait: break
    case .lose(let error): finish(Outcome(channel: .failure(error), reached: nil, failed: addresses[..<race.started]))
    }
    timer?.cancel()
    timer = race.nextEvent.map { instant in
      eventLoop.assumeIsolated().scheduleTask(deadline: instant) { self.perform(self.race.timePassed(at: .now())) }
    }
  }

  private func connect(_ index: Int) {
    let channel = bootstrap { self.channels[index] = $0 }.connect(to: addresses[index])
    channel.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let channel): self.connected(index, channel)
      // Not at once: the next address may fail at once too, and the stack would grow with each.
      case .failure(let error): self.eventLoop.assumeIsolated().execute { self.failed(index, error) }
      }
    }
  }

  private func connected(_ index: Int, _ channel: any Channel) {
    guard race.connected(index) else { return channel.close(promise: nil) }
    timer?.cancel()
    channels[index] = nil
    let reached = addresses[index]
    let failed = addresses[..<race.started].filter { $0 != reached }
    finish(Outcome(channel: .success(channel), reached: reached, failed: failed[...]))
  }

  private func failed(_ index: Int, _ error: any Error) {
    channels[index] = nil
    perform(race.failed(index, TransportError(connecting: error), at: .now()))
  }

  private func finish(_ outcome: Outcome) {
    for channel in channels.values { channel.close(promise: nil) }
    channels = [:]
    completion(outcome)
  }
}
