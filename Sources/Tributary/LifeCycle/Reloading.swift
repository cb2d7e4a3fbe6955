import Aggregation
import EventLoops
import Gateway
import Logging
import Metrics
import NIOCore
import Settings

/// The configuration in use, and how another takes its place while requests go on.
actor Reloading {
  private var current: Assembly
  /// What the process began with: what only a restart takes up is still as in these.
  private let first: GatewaySettings
  private let serving: CurrentServing
  private let read: @Sendable () -> ReadSettings
  private let cache: ProcessCache
  private let limits: ProcessLimits
  private let workers: WorkerPool
  private let group: any EventLoopGroup
  private let logger: Logger

  init(
    _ assembly: Assembly, serving: CurrentServing, read: @escaping @Sendable () -> ReadSettings, cache: ProcessCache,
    limits: ProcessLimits, workers: WorkerPool, on group: any EventLoopGroup, logger: Logger
  ) {
    current = assembly
    first = assembly.settings
    self.serving = serving
    self.read = read
    self.cache = cache
    self.limits = limits
    self.workers = workers
    self.group = group
    self.logger = logger
  }

  private let applied = Counter(label: "tributary_reloads_total", dimensions: [("outcome", "applied")])
  private let refused = Counter(label: "tributary_reloads_total", dimensions: [("outcome", "refused")])

  /// Every client that is in use now.
  var assembly: Assembly { current }

  /// Reads the configuration again. One with problems changes nothing.
  ///
  /// - Returns: whether it is in use now.
  func reload() async -> Bool {
    let found = read()
    guard found.problems.isEmpty else {
      refused.increment()
      for problem in found.problems { logger.error("Configuration not reloaded", metadata: ["config.problem": "\(problem)"]) }
      return false
    }
    // An empty file is one where nothing is set. Nobody opens a gateway by mistake, and it takes no effort to mean it.
    guard found.settings.isAuthenticated || !current.settings.isAuthenticated else {
      refused.increment()
      logger.error(
        "Configuration not reloaded",
        metadata: ["config.problem": "authentication: found off, allowed: on, as it is; to switch it off takes a restart"])
      return false
    }
    for warning in found.settings.warnings { logger.warning("Configuration warning", metadata: ["config.warning": "\(warning)"]) }
    do {
      let next = try await Assembly(
        found.settings, cache: cache, limits: limits, workers: workers, on: group, logger: logger, reusing: current)
      try await serving.replace(with: next.parts)
      let old = current
      current = next
      try await old.retire(for: next)
      if found.settings.needsRestart(from: first) {
        logger.warning(
          "Some settings need a restart",
          metadata: [
            "config.keys":
              "server.* but trusted_proxies, forwarded, cursor_secret and explain, admin.*, overload.*, log.*, metrics.*, tracing.*, cache.memory, cache.max_refreshes, cache.key_secret, cache.redis.*, cache.encryption_keys"
          ])
      }
      applied.increment()
      logger.notice("Configuration reloaded")
      return true
    } catch {
      refused.increment()
      logger.error("Configuration not reloaded", metadata: ["error": "\(error)"])
      return false
    }
  }
}
