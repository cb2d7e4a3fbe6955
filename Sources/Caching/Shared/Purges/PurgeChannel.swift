import EventLoops
package import NIOCore
package import Redis
package import Resilience

/// Tells all replicas what was purged.
///
/// A purge is kept in Redis, then published. A replica that listens hears it within a round trip; one that does not (its connection
/// is lost, it is just starting) reads what was kept as soon as it listens again. What could not be spread is tried again until it
/// has expired. As long as a replica cannot reach Redis it serves what it has: a purge reaches it when it can.
package final class PurgeChannel: Sendable {
  package struct Options: Sendable {
    /// What the deployment's keys begin with; the channel and the set do, too.
    package var prefix = "tributary:"
    /// The deployment's, to sign messages with: whoever can write to Redis could purge otherwise. The same in all replicas.
    package var secret: [UInt8]?
    /// The longest for which any section is kept: what was purged before that has expired by itself.
    package var lifetime = Duration.seconds(3600)
    /// Messages that Redis keeps.
    package var maxMessages: Int64 = 1000
    /// Before something is tried again.
    package var pause = TimeAmount.seconds(2)
    package var now: @Sendable () -> Timestamp = { .now() }
    /// Pub/sub knows no databases: the number is in the name.
    var database = 0

    package init() {}

    var lifetimeMilliseconds: Int64 { max(lifetime.clampedNanoseconds / 1_000_000, 1) }
    var channel: String { "\(prefix)purge:\(database)" }
    var key: [UInt8] { Array("\(prefix)purges".utf8) }
  }

  package struct Statistics: Sendable, Equatable {
    /// Messages, with those that Redis had kept.
    package var received = 0
    package var refusals: [PurgeMessage.Refusal: Int] = [:]
    /// Messages that Redis has.
    package var spread = 0
    package var isLive = false
    /// Whether everything that was purged is known here.
    package var isCaughtUp = false
    /// Tags whose purge has yet to reach Redis.
    package var pendingTags = 0

    package init() {}
  }

  private let exchange: NIOLoopBound<PurgeExchange>
  private let subscription: RedisSubscription

  /// Begins to listen, on one loop of the group.
  ///
  /// - Parameters:
  ///   - client: for keeping and publishing; of the same group, and to be shut down after this.
  ///   - tell: what went wrong, for the log; called on the loop.
  ///   - received: what another replica has purged, nothing later than now and ``Freshness/clockSkew``. Called on the loop, perhaps
  /// more     than once for the same.
  /// - Throws: when the file of the authorities cannot be read.
  package init(
    client: RedisClient, configuration: RedisConfiguration, options: Options, on group: any EventLoopGroup,
    tell: @escaping @Sendable (SharedLevelEvent) -> Void = { _ in }, received: @escaping @Sendable (PurgeMarks) -> Void
  ) async throws {
    let eventLoop = group.next()
    var options = options
    options.database = configuration.url.database
    let all = options
    let exchange = try await eventLoop.submit {
      NIOLoopBound(
        PurgeExchange(client: client, options: all, eventLoop: eventLoop, tell: tell, received: received), eventLoop: eventLoop)
    }.get()
    self.exchange = exchange
    var subscription = RedisSubscription.Options(channels: [options.channel])
    // So much is refused by itself; more costs the connection, and a gap.
    subscription.maxMessageBytes = 1 << 20
    self.subscription = try await RedisSubscription(configuration, subscription, on: eventLoop) { exchange.value.happened($0) }
  }

  /// Spreads what was purged here.
  ///
  /// - Returns: when Redis has it and the others were told, or why not: then it is pending, and tried again.
  package func spread(_ marks: PurgeMarks) async -> Result<Void, RedisError> {
    let exchange = exchange
    return await withCheckedContinuation { continuation in
      exchange.eventLoop.execute {
        exchange.value.spread(marks) { continuation.resume(returning: $0) }
      }
    }
  }

  package var statistics: Statistics {
    get async throws {
      let exchange = exchange
      return try await exchange.eventLoop.submit { exchange.value.statistics }.get()
    }
  }

  package func shutDown() async throws {
    try await subscription.shutDown()
    let exchange = exchange
    try await exchange.eventLoop.submit { exchange.value.shutDown() }.get()
  }
}
