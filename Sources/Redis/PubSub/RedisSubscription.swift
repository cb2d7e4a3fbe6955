package import NIOCore
import Resilience

/// Listens to channels on a connection of its own, for as long as the process lives: connects again, and subscribes again, whenever the
/// connection is lost or the server stops answering.
///
/// Pub/sub forgets: what is published while nobody listens is never delivered. So the owner is told of every gap, and catches up.
package final class RedisSubscription: Sendable {
  package enum Event: Sendable, Equatable {
    /// All channels are listened to from now on; whatever came before may have been missed.
    case live
    case message(channel: String, ByteBuffer)
    /// Nothing is heard any more, until `live`.
    case lost(RedisError)
  }

  package struct Options: Sendable {
    /// Not empty; each once.
    package var channels: [String]
    /// A `PING` this often: a server that does not answer one is noticed after twice as long.
    package var beatEvery = TimeAmount.seconds(2)
    /// A larger message costs the connection.
    package var maxMessageBytes = 64 * 1024

    package init(channels: [String]) { self.channels = channels }
  }

  private let loop: NIOLoopBound<RedisSubscriptionLoop>

  /// Begins to connect.
  ///
  /// - Parameter tell: called on `eventLoop`, in order.
  /// - Throws: when the file of the authorities cannot be read.
  package init(
    _ configuration: RedisConfiguration, _ options: Options, on eventLoop: any EventLoop,
    tell: @escaping @Sendable (Event) -> Void
  ) async throws {
    let setup = try configuration.setup()
    loop = try await eventLoop.submit {
      let address = configuration.address(setup, on: eventLoop)
      let loop = RedisSubscriptionLoop(address: address, setup: setup, options: options, eventLoop: eventLoop, tell: tell)
      loop.connect()
      return NIOLoopBound(loop, eventLoop: eventLoop)
    }.get()
  }

  /// Closes the connection; nothing is told any more.
  package func shutDown() async throws { try await loop.eventLoop.submit { self.loop.value.shutDown() }.get() }
}

/// The connection in use, and the wait for the next one. Belongs to its event loop.
final class RedisSubscriptionLoop {
  private let address: any RedisAddressSource
  private let setup: RedisSetup
  private let options: RedisSubscription.Options
  private let eventLoop: any EventLoop
  private let tell: (RedisSubscription.Event) -> Void
  private var connection: RedisSubscriptionConnection?
  private var timer: Scheduled<Void>?
  private var failures = 0
  /// Nil: not live.
  private var liveSince: NIODeadline?
  private var isShutDown = false

  init(
    address: any RedisAddressSource, setup: RedisSetup, options: RedisSubscription.Options, eventLoop: any EventLoop,
    tell: @escaping (RedisSubscription.Event) -> Void
  ) {
    self.address = address
    self.setup = setup
    self.options = options
    self.eventLoop = eventLoop
    self.tell = tell
  }

  func connect() {
    guard !isShutDown else { return }
    address.find { endpoint in
      guard !self.isShutDown else { return }
      guard let endpoint else { return self.lost(.unavailable) }
      let make = {
        let connection = RedisSubscriptionConnection(owner: self, setup: self.setup, options: self.options)
        self.connection = connection
        return connection
      }
      RedisConnector(setup: self.setup, eventLoop: self.eventLoop).open(endpoint, make) { self.lost($0) }
    }
  }

  func live(_ connection: RedisSubscriptionConnection) {
    guard connection === self.connection, !isShutDown else { return connection.close(.cancelled) }
    liveSince = .now()
    tell(.live)
  }

  func received(_ channel: String, _ message: ByteBuffer) {
    guard liveSince != nil, !isShutDown else { return }
    tell(.message(channel: channel, message))
  }

  func closed(_ connection: RedisSubscriptionConnection, _ error: RedisError) {
    guard connection === self.connection else { return }
    self.connection = nil
    lost(error)
  }

  func shutDown() {
    isShutDown = true
    timer?.cancel()
    connection.take()?.close(.shutDown)
  }

  /// Failures in a row, this one included. One that was live for a while begins a new row; one that was lost as soon as it was live
  /// does not, or a server that does nothing else would be connected to without a pause.
  static func failures(after failures: Int, livedFor time: TimeAmount?) -> Int {
    if let time, time >= .seconds(2) { 1 } else { min(failures + 1, 1000) }
  }

  private func lost(_ error: RedisError) {
    guard !isShutDown else { return }
    failures = Self.failures(after: failures, livedFor: liveSince.map { .now() - $0 })
    liveSince = nil
    tell(.lost(error))
    let delay = RedisNodeState.backoffDefaults.delay(beforeAttempt: failures + 1, chance: .random(in: 0...1))
    timer?.cancel()
    timer = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay.clampedNanoseconds)) { self.connect() }
  }
}
