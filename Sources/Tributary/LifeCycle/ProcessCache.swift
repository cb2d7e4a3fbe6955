import Aggregation
import Caching
import Clients
import Logging
import Metrics
import NIOCore
import Redis
import Resilience
import Settings

/// The section cache of the process and, where there is one, the level behind it that replicas share. Outlives configurations.
struct ProcessCache: Sendable {
  let store: SectionStore
  /// Spreads purges; nil where replicas share nothing.
  let purges: PurgeChannel?
  let client: RedisClient?

  /// Waits for nothing: Redis may come later, or never.
  init(_ settings: GatewaySettings, on group: any EventLoopGroup, logger: Logger) async throws {
    guard settings.cache.isEnabled, let redis = settings.redis else {
      store = SectionStore(capacity: settings.cache.memory, maxRefreshes: settings.cache.maxRefreshes)
      (purges, client) = (nil, nil)
      return
    }
    let journal = SharedLevelJournal { notice in
      logger.log(
        level: notice.isTrouble ? .warning : .notice, "\(notice.message)",
        metadata: ["redis.detail": "\(notice.detail)", "redis.passed_over": "\(notice.passedOver)"])
    }
    let client = try await RedisClient(redis, group: group) { journal.record(.connection($0)) }
    let shared = try await RedisSectionStore(
      client: client, configuration: settings.sharedLevel, group: group, tell: { journal.record($0) })
    let store = SectionStore(capacity: settings.cache.memory, maxRefreshes: settings.cache.maxRefreshes, shared: shared)
    var options = PurgeChannel.Options()
    options.prefix = settings.sharedLevel.prefix
    options.secret = settings.cache.keySecret.map { Array($0.reveal().utf8) }
    options.lifetime = settings.longestLifetime
    let purges = Counter(label: "tributary_purges_total", dimensions: [("origin", "replica")])
    self.purges = try await PurgeChannel(
      client: client, configuration: redis, options: options, on: group, tell: { journal.record($0) },
      received: { marks in
        purges.increment()
        store.merge(marks, at: Timestamp.now())
      })
    self.store = store
    self.client = client
    try await client.warm()
  }

  /// How it stands with Redis, seen from that loop, on which it must be called; nil where there is none.
  func redisStatus(on eventLoop: any EventLoop) -> RedisStatus? { client?.status(on: eventLoop) }

  /// What is under way to Redis is given up.
  func shutDown() async throws {
    store.close()
    try await purges?.shutDown()
    try await client?.shutDown()
  }
}

extension GatewaySettings {
  /// After it nothing that was fetched before is used any more.
  fileprivate var longestLifetime: Duration {
    sections.map(\.cache).reduce(.seconds(60)) {
      max($0, $1.ttl * (1 + $1.jitter) + max($1.staleWhileRevalidate, $1.staleIfError))
    }
  }
}
