import Aggregation
import Clients
import EventLoops
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The composition root: makes every part of a gateway from its settings, runs it, and takes it apart again.
struct GatewayProcess {
  let settings: GatewaySettings
  /// Called once with the port, when clients can connect.
  var listening: @Sendable (Int) async -> Void = { _ in }

  /// Threads for bodies that are too big to be parsed on a loop.
  private static let workerThreads = 2
  /// After a signal, what is still under way by then is cut off.
  private static let gracePeriod = Duration.seconds(30)

  /// Until a signal ends the process gracefully.
  func run() async throws {
    let loops = settings.gateway.loops == 0 ? System.coreCount : settings.gateway.loops
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let logs = LogSink(timer: group.next())
    let workers = WorkerPool(threads: Self.workerThreads)
    let format = settings.log.format.resolved(for: 1)
    let logger = Logger(label: "tributary") { _ in LineHandler(sink: logs, format: format, level: settings.log.level) }
    let clients = try await Self.clients(settings.upstreams, on: group)
    let aggregator = try await Aggregator(
      sections: settings.sections, clients: Dictionary(clients.map { ($0.definition.name, $0) }) { first, _ in first },
      requirements: settings.requirements, workers: workers, on: group)
    let gateway = Gateway(
      settings.gateway, version: Tributary.version, aggregator: aggregator, upstreams: clients, group: group,
      logs: logs, logFormat: format, logger: logger, listening: listening)
    let outcome = await Self.outcome { try await serve(gateway, logger: logger) }
    for client in clients { try await client.shutDown() }
    try await workers.shutDown()
    try await logs.shutDown()
    try await group.shutdownGracefully()
    try outcome.get()
  }

  private func serve(_ gateway: Gateway, logger: Logger) async throws {
    var configuration = ServiceGroupConfiguration(
      services: [gateway],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = Self.gracePeriod
    try await ServiceGroup(configuration: configuration).run()
  }

  private static func clients(_ upstreams: [UpstreamDefinition], on group: any EventLoopGroup) async throws -> [UpstreamClient] {
    var clients: [UpstreamClient] = []
    for upstream in upstreams { clients.append(try await UpstreamClient(upstream, on: group)) }
    return clients
  }

  private static func outcome(_ work: () async throws -> Void) async -> Result<Void, any Error> {
    do { return .success(try await work()) } catch { return .failure(error) }
  }
}
