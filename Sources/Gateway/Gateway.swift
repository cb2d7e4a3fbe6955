import EventLoops
import Hummingbird
package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization

/// The HTTP edge as a service: listens, answers, and ends gracefully when its service group does.
package struct Gateway: Service {
  private let configuration: GatewayConfiguration
  private let serving: CurrentServing
  private let connections: EdgeConnections
  private let admin: AdminEdge?
  let routes: RouteTable
  private let group: any EventLoopGroup
  private let accessLog: AccessLog
  /// Nil where nothing is counted.
  private let instruments: RequestInstruments?
  private var tracing: EdgeTracing
  /// What operators ask about.
  package let history = RequestHistory()
  private let logger: Logger
  private let listening: @Sendable (Int) async -> Void
  private let haste = Haste()
  /// Nil: plain HTTP.
  private let security: ServerSecurity?
  private let certificates: CertificateWatch

  /// Set where nobody waits for balancers to notice.
  private final class Haste: Sendable {
    let isOn = Atomic(false)
  }

  /// - Parameters:
  ///   - serving: of the loops of `group`.
  ///   - metrics: what `/metrics` of the admin listener answers; nil where nothing is counted.
  ///   - sampling: which access lines of the public listener are written; nil: all.
  ///   - status: what the status page shows beside what the edge knows itself.
  ///   - demo: what a visitor may break; nil outside the demo.
  ///   - listening: called once with the port, when clients can connect.
  /// - Throws: `PEMFiles.Fault` for a certificate that cannot be used.
  package init(
    _ configuration: GatewayConfiguration, version: String, serving: CurrentServing, group: any EventLoopGroup, logs: LogSink,
    logFormat: LineFormat, logger: Logger, metrics: MetricsPage? = nil, tracing: EdgeTracing = EdgeTracing(),
    sampling: LogSampling? = nil,
    status: StatusSources = StatusSources(), demo: DemoControl? = nil,
    listening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) throws {
    let process = ProcessRoutes(version: version)
    self.configuration = configuration
    self.serving = serving
    self.connections = EdgeConnections(
      limits: configuration.limits, admission: configuration.admission, probePaths: ProcessRoutes.paths,
      longerPaths: [DashboardPath.summary, DashboardPath.servicesHealth], isSecure: configuration.tls != nil, group: group,
      executors: LoopExecutors(group))
    let described =
      process.routes(drain: connections.drain, page: demo.flatMap { _ in DemoRoutes.page })
      + Self.dashboard(serving, connections.streams)
    self.routes = RouteTable(
      routes: described + (configuration.describesAPI ? Self.documentation(of: described, version, serving) : [])
        + (demo.map { DemoRoutes($0, serving: serving).routes } ?? []))
    self.group = group
    self.tracing = tracing
    self.tracing.untracedPaths = ProcessRoutes.paths
    var log = AccessLog(sink: logs, format: logFormat, isOn: logger.logLevel <= .info, sampling: sampling)
    self.accessLog = log
    (log.listener, log.sampling) = ("admin", nil)
    // Ready is who lets the public in: the probes of both listeners say the same.
    let board = StatusBoard(
      version: version, serving: serving, sources: status, history: history, connections: connections, loop: group.next())
    self.admin =
      configuration.admin.isEnabled
      ? try AdminEdge(
        configuration.admin, version: version, describesAPI: configuration.describesAPI,
        routes: ProcessRoutes.probes(drain: connections.drain), board: board,
        cache: { serving.on($0).serving.cache }, metrics: metrics, history: history, group: group, accessLog: log, logger: logger)
      : nil
    instruments = metrics == nil ? nil : RequestInstruments(documents: [DashboardPath.consolidated, DashboardPath.summary])
    self.logger = logger
    self.listening = listening
    security = try configuration.tls.map(ServerSecurity.init)
    certificates = CertificateWatch(
      listeners: [("server.tls", security), ("admin.tls", admin?.security)].compactMap { scope, security in
        security.map { (scope, $0) }
      }, logger: logger)
  }

  private static func dashboard(_ serving: CurrentServing, _ streams: EventStreamCounts) -> [RouteTable.Route] {
    [
      RouteTable.Route(path: DashboardPath.consolidated, for: .getConsolidated) { request, context in
        let loop = serving.on(context.eventLoop)
        return try await loop.serving.dashboard.consolidated(request, context, loop)
      },
      RouteTable.Route(path: DashboardPath.summary, for: .getSummary) { request, context in
        let loop = serving.on(context.eventLoop)
        return try await loop.serving.dashboard.summary(request, context, loop)
      },
      RouteTable.Route(path: DashboardPath.servicesHealth, for: .getServicesHealth) { _, context in
        await serving.on(context.eventLoop).serving.health.report(context)
      },
      RouteTable.Route(path: DashboardPath.stream, for: .getStream) { request, context in
        let loop = serving.on(context.eventLoop)
        return try await loop.serving.dashboard.stream(request, context, loop, streams)
      },
    ]
  }

  /// The description of these routes, and the pages that show it.
  private static func documentation(
    of described: [RouteTable.Route], _ version: String, _ serving: CurrentServing
  ) -> [RouteTable.Route] {
    let description = DescriptionRoute(title: "Tributary", version: version, introduction: DescriptionRoute.introduction)
    let route = description.route(describing: described) { APISecurity(serving.on($0).serving.access) }
    return [route] + PageRoutes.routes(WebPage.documentation)
  }

  package func run() async throws {
    // Told to end while the process began: nobody has been let in, nobody has to notice.
    if Task.isShuttingDownGracefully { return }
    // Before anybody is let in, and until the last of them has gone.
    let listener = try await ListenFailure.named("admin", configuration.admin.host, configuration.admin.port) {
      try await admin?.open()
    }
    do {
      try await withThrowingDiscardingTaskGroup { tasks in
        tasks.addTask { await certificates.run() }
        defer { tasks.cancelAll() }
        try await serve()
      }
    } catch {
      if let listener { try await admin?.cut(listener) }
      throw error
    }
    if let listener { try await admin?.end(listener) }
  }

  private func serve() async throws {
    connections.startTicking()
    defer { connections.stopTicking() }
    let listener = try await ListenFailure.named("server", configuration.host, configuration.port) {
      try await Listener.bind(
        host: configuration.host, port: configuration.port,
        reception: Reception(
          connections: connections, responder: responder(), logger: logger, gate: gate(), security: security,
          takesPreface: configuration.h2c),
        on: group)
    }
    logger.info("Server started and listening on \(configuration.host):\(listener.port)")
    await listening(listener.port)
    do {
      try await gracefulShutdown()
    } catch {
      // Cancelled: nothing is waited for.
      connections.closeAll()
      try await listener.close()
      throw error
    }
    try await end(listener)
  }

  /// A chain for each set of guards, of which a configuration takes the one that it needs: each layer costs a microsecond, also one that
  /// has nothing to do.
  func responder() -> ServerConnection.Responder {
    let chains = Guards.all.map { chain($0) }
    return { [serving] request, context in
      let guards = serving.on(context.eventLoop).serving.guards
      return try await chains[Int(guards.rawValue)].respond(to: request, context: context)
    }
  }

  private func chain(_ guards: Guards) -> some HTTPResponder<GatewayContext> {
    let router = Router(context: GatewayContext.self)
    // Outermost first: every answer has an id and a line; a page of an allowed origin may read every answer, also a problem, and its
    // preflights are counted by nobody; whoever is known to be over a limit is refused before anybody asks who it is; whatever is thrown
    // further in becomes a problem; nobody comes to a route who has not said who he is, where that is asked; and he is counted.
    // Where only addresses are counted that is done at once.
    router.add(middleware: edge)
    router.add(middleware: CORSMiddleware(serving: serving))
    let (limits, probePaths) = (limits, ProcessRoutes.paths)
    if guards.contains(.principals) {
      router.add(middleware: RateLimitMiddleware(limits: limits, probePaths: probePaths))
    } else if guards.contains(.limits) {
      router.add(middleware: AddressLimitMiddleware(limits: limits, probePaths: probePaths))
    }
    router.add(middleware: ProblemMiddleware(routes: routes))
    if guards.contains(.identity) { router.add(middleware: AuthenticationMiddleware(serving: serving)) }
    if guards.contains(.principals) { router.add(middleware: RateLimitCounting(limits: limits, probePaths: probePaths)) }
    routes.register(on: router)
    return router.buildResponder()
  }

  /// The outermost layer.
  private var edge: EdgeMiddleware {
    EdgeMiddleware(accessLog: accessLog, instruments: instruments, tracing: tracing, history: history)
  }

  private var limits: @Sendable (any EventLoop) -> RequestLimits? { { [serving] in serving.on($0).serving.limits } }

  /// Refuses before all of them whom it is known of.
  func gate() -> LimitGate {
    let reading = routes.routes.filter { $0.methods.contains(.get) && $0.methods.contains(.head) }.map(\.path)
    return LimitGate(
      paths: Set(reading).subtracting(ProcessRoutes.paths), limits: limits, cors: { [serving] in serving.on($0).serving.cors },
      edge: edge)
  }
}

extension Gateway {
  /// Connections of clients that are open now.
  package var openConnections: Int { connections.open }
  package var streams: EventStreamCounts { connections.streams }

  /// Until what was counted on each loop for itself can be seen in the metrics.
  package func settleCounts() async { await connections.settle() }

  /// Looks at the files of all certificates now, and not only when the next look is due.
  package func lookAtCertificates() { certificates.look(isAsked: true) }
}

// MARK: The end

extension Gateway {
  /// Nobody stands before this gateway who would have to notice that it goes: an end that is asked for ends it without a drain window.
  package func skipDrain() { haste.isOn.store(true, ordering: .relaxed) }

  /// Readiness turns 503 and answers ask their clients to go; after the drain window nobody new is let in; what is in flight is
  /// answered; what is left when the grace period is over is cut.
  private func end(_ listener: Listener) async throws {
    let started = ContinuousClock.now
    connections.startDraining()
    logger.notice("Draining", metadata: ["edge.connections": "\(connections.open)"])
    if !haste.isOn.load(ordering: .relaxed) { try await Task.sleep(for: configuration.drain) }
    try await listener.close()
    connections.closeIdle()
    // Time to write the last answers and to take the process apart.
    try await connections.waitUntilClosed(cuttingAt: started + configuration.grace - .seconds(1)) {
      logger.warning("Cut off at the end of the grace period", metadata: ["edge.connections": "\(connections.open)"])
    }
  }
}
