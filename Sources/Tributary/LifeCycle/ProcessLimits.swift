import Caching
import Gateway
import Logging
import NIOCore
import RateLimiting
import Redis
import Settings

/// Where requests are counted: in this process and, where replicas share a Redis, there. Outlives configurations.
///
/// The connections are its own, not the cache's: behind a section of a megabyte a request would wait for its turn to be counted.
struct ProcessLimits: Sendable {
  let limiting: Limiting
  private let shared: RedisLimiter?
  let client: RedisClient?
  private let loop: any EventLoop

  /// Connects to nothing yet.
  init(_ settings: GatewaySettings, on group: any EventLoopGroup, logger: Logger) async throws {
    loop = group.next()
    let keys = RateLimitKeyMaker(secret: settings.cache.keySecret.map { Array($0.reveal().utf8) })
    let local = LocalLimiter()
    guard let redis = settings.redis else {
      limiting = Limiting(limiter: local, keys: keys)
      (shared, client) = (nil, nil)
      return
    }
    let notices = RateLimitNotices { notice in
      var metadata: Logger.Metadata = [:]
      if let error = notice.error { metadata["redis.detail"] = "\(error)" }
      if let replicas = notice.replicas { metadata["limits.replicas"] = "\(replicas)" }
      logger.log(level: notice.error == nil ? .notice : .warning, "\(notice.message)", metadata: metadata)
    }
    let client = try await RedisClient(redis, named: "limits", group: group)
    let shared = RedisLimiter(
      client: client, prefix: settings.sharedLevel.prefix, local: local, tell: { notices.record($0) })
    limiting = Limiting(limiter: shared, keys: keys)
    self.shared = shared
    self.client = client
  }

  /// From now on this process is counted among those that share the Redis: one command in two seconds.
  func beginCensus() { shared?.begin(on: loop) }

  /// Processes that share the Redis; nil where there is none, or it has not said so lately.
  var knownReplicas: Int? { shared?.knownReplicas }

  /// From now on requests are limited: who shares the limits must be known before Redis is away.
  func begin() async throws {
    shared?.begin(on: loop)
    try await client?.warm()
  }

  func shutDown() async throws {
    shared?.end()
    try await client?.shutDown()
  }
}
