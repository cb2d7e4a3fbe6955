import NIOCore
import NIOSSL
import Resilience

extension RedisConfiguration {
  /// What all connections to the data share. Reads the authorities' file.
  func setup() throws -> RedisSetup {
    var setup = RedisSetup()
    setup.handshake = RedisHandshake(
      user: url.user, password: url.password, database: mode == .cluster ? 0 : url.database, clientName: clientName)
    setup.tls = url.usesTLS ? try RedisSecurity.context(caFile: caFile) : nil
    setup.serverName = serverName
    setup.connectTimeout = .nanoseconds(connectTimeout.clampedNanoseconds)
    setup.commandTimeout = .nanoseconds(commandTimeout.clampedNanoseconds)
    setup.maxOutstanding = maxOutstanding
    return setup
  }

  /// The same for sentinels, which have a password of their own, and no databases.
  func sentinelSetup(_ setup: RedisSetup) -> RedisSetup {
    var setup = setup
    setup.handshake = RedisHandshake(password: sentinelPassword, clientName: clientName)
    return setup
  }

  func router(_ setup: RedisSetup, on eventLoop: any EventLoop, tell: @escaping (RedisEvent) -> Void) -> any RedisRouter {
    guard mode == .cluster else {
      return RedisNode(address: address(setup, on: eventLoop), setup: setup, eventLoop: eventLoop, tell: tell)
    }
    return RedisCluster(seeds: [url.endpoint] + nodes, setup: setup, eventLoop: eventLoop, tell: tell)
  }

  /// Where to subscribe, and where a single server or a master is. Any node of a cluster passes on what any other publishes.
  func address(_ setup: RedisSetup, on eventLoop: any EventLoop) -> any RedisAddressSource {
    switch mode {
    case .single: FixedAddress(url.endpoint)
    case .cluster: RotatingAddress([url.endpoint] + nodes)
    case .sentinel:
      SentinelAddress(sentinels: nodes, master: master, setup: sentinelSetup(setup), eventLoop: eventLoop)
    }
  }
}
