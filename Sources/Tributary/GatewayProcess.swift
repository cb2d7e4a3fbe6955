import Aggregation
import Caching
import Clients
import EventLoops
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The composition root: makes every part of a gateway from its settings, runs it, and takes it apart again.
struct GatewayProcess {
  let settings: GatewaySettings
  /// Reads the settings again, on SIGHUP.
  let read: @Sendable () -> ReadSettings
  /// What a visitor may break; nil outside the demo.
  var demo: DemoControl?
  /// Called once with the port, when clients can connect.
  var listening: @Sendable (Int) async -> Void = { _ in }

  /// Threads for bodies that are too big to be parsed on a loop.
  private static let workerThreads = 2

  /// Until a signal ends the process gracefully.
  func run() async throws {
    let signals = await SignalWatch.trapped()
    // Told to end before anything has begun: there is nothing to end.
    if SignalWatch.isEndAwaited { return }
    let loops = settings.gateway.loops == 0 ? System.coreCount : settings.gateway.loops
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    // First: whoever counts something asks for its metrics when it is made.
    let measuring = try await Measuring.begin(settings.metrics, on: group)
    let logs = LogSink(timer: group.next())
    let workers = WorkerPool(threads: Self.workerThreads)
    let format = settings.log.format.resolved(for: 1)
    let logger = Logger(label: "tributary") { _ in LineHandler(sink: logs, format: format, level: settings.log.level) }
    for warning in settings.warnings { logger.warning("Configuration warning", metadata: ["config.warning": "\(warning)"]) }
    // Before any client is made: each asks once whether there is a tracer.
    let tracing = try await ProcessTracing(settings.tracing, version: Tributary.version, workers: workers, on: group)
    let cache = try await ProcessCache(settings, on: group, logger: logger)
    let limits = try await ProcessLimits(settings, on: group, logger: logger)
    let assembly = try await Assembly(settings, cache: cache, limits: limits, workers: workers, on: group, logger: logger)
    let serving = try await CurrentServing(assembly.parts, on: group)
    let status = StatusSources(settings, cache: cache, limits: limits)
    if settings.gateway.admin.isEnabled { limits.beginCensus() }
    let gateway = try Gateway(
      settings.gateway, version: Tributary.version, serving: serving, group: group, logs: logs, logFormat: format, logger: logger,
      metrics: measuring?.page, tracing: tracing.edge, sampling: LogSampling(settings.log.sampling),
      status: status, demo: demo, listening: listening)
    let reloading = Reloading(
      assembly, serving: serving, read: read, cache: cache, limits: limits, workers: workers, on: group, logger: logger)
    measuring?.add([
      CacheSource(store: cache.store), ConnectionSource(gateway: gateway), UpstreamSource(reloading: reloading),
      RedisSource(
        clients: [("cache", cache.client), ("limits", limits.client)].compactMap { name, client in client.map { (name, $0) } }),
    ])
    let services = ServiceGroup(configuration: ServiceGroupConfiguration(services: [gateway], logger: logger))
    let watch = SignalWatch(
      signals: signals,
      end: { isImpatient in
        if isImpatient { gateway.skipDrain() }
        await services.triggerGracefulShutdown()
      },
      reload: {
        status.reloads.ended(await reloading.reload())
        gateway.lookAtCertificates()
      })
    // Signals are heard to the very end: a second one must work whatever the first one waits for.
    try await withThrowingDiscardingTaskGroup { tasks in
      tasks.addTask { await watch.run() }
      defer { tasks.cancelAll() }
      let outcome = await Self.outcome { try await services.run() }
      measuring?.end()
      try await limits.shutDown()
      try await cache.shutDown()
      try await reloading.assembly.shutDown()
      try await tracing.shutDown()
      try await workers.shutDown()
      try await logs.shutDown()
      try await group.shutdownGracefully()
      try outcome.get()
    }
  }

  private static func outcome(_ work: () async throws -> Void) async -> Result<Void, any Error> {
    do { return .success(try await work()) } catch { return .failure(error) }
  }
}
