import EventLoops
import Hummingbird
import Logging
import NIOCore
import Resilience

/// The admin listener: the edge's own connections on a port of its own, with routes for operators. It outlives the public one.
struct AdminEdge: Sendable {
  private let configuration: AdminConfiguration
  private let connections: EdgeConnections
  private let routes: RouteTable
  private let group: any EventLoopGroup
  private let accessLog: AccessLog
  /// Nil where nobody is shown how it is.
  private let board: StatusBoard?
  private let logger: Logger
  /// Nil: plain HTTP.
  let security: ServerSecurity?

  static let probePaths: Set<String> = ["/livez", "/readyz"]

  /// After the public listener's end, for what is under way here. Ends within the second that the grace period keeps for the rest.
  private static let patience = Duration.milliseconds(500)

  /// - Parameters:
  ///   - describesAPI: whether there is a description at `/openapi.json`.
  ///   - routes: its table besides what is in ``AdminRoutes``.
  ///   - board: what `/status` shows.
  ///   - cache: see ``AdminRoutes/cache``.
  ///   - history: of the public listener.
  /// - Throws: `PEMFiles.Fault` for a certificate that cannot be used.
  init(
    _ configuration: AdminConfiguration, version: String = "", describesAPI: Bool = true, routes: [RouteTable.Route],
    board: StatusBoard? = nil,
    cache: @escaping AdminRoutes.Cache, metrics: MetricsPage? = nil, history: RequestHistory = RequestHistory(),
    group: any EventLoopGroup, accessLog: AccessLog, logger: Logger
  ) throws {
    self.configuration = configuration
    self.board = board
    let described =
      routes + AdminRoutes(cache: cache, metrics: metrics, history: history).routes
      + (board.map { StatusRoutes(board: $0).routes } ?? [])
    self.routes = RouteTable(
      routes: described + (describesAPI ? [Self.description(of: described, configuration, version)] : []))
    self.group = group
    self.accessLog = accessLog
    self.logger = logger
    security = try configuration.tls.map(ServerSecurity.init)
    // An operator's request is taken on however busy the process is.
    let everything = AdmissionControl.Configuration(minimum: 1_000_000, maximum: 1_000_000, normalShare: 1)
    connections = EdgeConnections(
      limits: AdminConfiguration.limits, admission: everything, probePaths: Self.probePaths, isSecure: security != nil,
      group: group,
      executors: LoopExecutors(group))
  }

  private static func description(
    of described: [RouteTable.Route], _ configuration: AdminConfiguration, _ version: String
  ) -> RouteTable.Route {
    let security = APISecurity(schemes: configuration.token == nil ? [] : [.bearer], openPaths: probePaths)
    return DescriptionRoute(title: "Tributary admin", version: version, introduction: DescriptionRoute.ofAdmin)
      .route(describing: described) { _ in security }
  }

  /// Listens from now on, until ``end(_:)`` or ``cut(_:)``.
  func open() async throws -> Listener {
    let listener = try await Listener.bind(
      host: configuration.host, port: configuration.port,
      reception: Reception(connections: connections, responder: responder(), logger: logger, security: security), on: group)
    connections.startTicking()
    board?.begin()
    logger.info("Admin listening on \(configuration.host):\(listener.port)")
    return listener
  }

  private func responder() -> ServerConnection.Responder {
    let router = Router(context: GatewayContext.self)
    // As at the public listener, with a guard in the place of CORS; further in, since what it throws is a problem too.
    router.add(middleware: EdgeMiddleware(accessLog: accessLog))
    router.add(middleware: ProblemMiddleware(routes: routes))
    router.add(middleware: AdminGuard(host: configuration.host))
    if let token = configuration.token { router.add(middleware: AdminAuthentication(token)) }
    routes.register(on: router)
    let responder = router.buildResponder()
    return { request, context in try await responder.respond(to: request, context: context) }
  }

  /// Answers what is under way, if that is soon, and closes.
  func end(_ listener: Listener) async throws {
    connections.startDraining()
    try await listener.close()
    connections.closeIdle()
    try await connections.waitUntilClosed(cuttingAt: .now + Self.patience)
    board?.end()
    connections.stopTicking()
  }

  /// Nothing is waited for.
  func cut(_ listener: Listener) async throws {
    connections.closeAll()
    try await listener.close()
    board?.end()
    connections.stopTicking()
  }
}
