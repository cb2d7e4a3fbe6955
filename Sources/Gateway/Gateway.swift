package import Aggregation
package import Clients
import EventLoops
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle

/// The HTTP edge as a service: listens, answers, and ends gracefully when its service group does.
package struct Gateway: Service {
  private let configuration: GatewayConfiguration
  private let routes: RouteTable
  private let group: any EventLoopGroup
  private let executors: LoopExecutors
  private let accessLog: AccessLog
  private let logger: Logger
  private let listening: @Sendable (Int) async -> Void

  /// - Parameters:
  ///   - upstreams: in the order of the health report.
  ///   - executors: of the same loops as `group`.
  ///   - listening: called once with the port, when clients can connect.
  package init(
    _ configuration: GatewayConfiguration, version: String, aggregator: Aggregator, upstreams: [UpstreamClient],
    group: any EventLoopGroup, logs: LogSink, logFormat: LineFormat, logger: Logger,
    listening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    let identity = upstreams.reduce(into: Set<String>()) { names, upstream in
      if case .forward(let forwarded) = upstream.definition.identity { names.formUnion(forwarded) }
    }
    let dashboard = DashboardRoutes(
      aggregator: aggregator, deadline: .nanoseconds(Int64(configuration.deadline / .nanoseconds(1))),
      identityFields: identity.sorted())
    let health = HealthRoute(upstreams: upstreams)
    self.configuration = configuration
    self.routes = RouteTable(routes: [RootRoute(version: version).route] + dashboard.routes + [health.route])
    self.group = group
    self.executors = LoopExecutors(group)
    self.accessLog = AccessLog(sink: logs, format: logFormat, isOn: logger.logLevel <= .info)
    self.logger = logger
    self.listening = listening
  }

  package func run() async throws {
    let router = Router(context: GatewayContext.self)
    // Outermost first: every answer has an id and a line; a page of an allowed origin may read every answer, also a problem; whatever
    // is thrown further in becomes a problem.
    router.add(middleware: EdgeMiddleware(accessLog: accessLog))
    router.add(middleware: CORSMiddleware(policy: CORSPolicy(allowedOrigins: configuration.allowedOrigins)))
    router.add(middleware: ProblemMiddleware(routes: routes))
    routes.register(on: router)
    let executors = executors
    let application = Application(
      router: router,
      server: HTTPServerBuilder { responder in LoopChannel(base: HTTP1Channel(responder: responder), executors: executors) },
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: "tributary", backlog: 1024),
      onServerRunning: { [listening] channel in await listening(channel.localAddress?.port ?? 0) },
      eventLoopGroupProvider: .shared(group),
      logger: logger)
    try await application.run()
  }
}
