import EventLoops
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import TestSupport

@testable import Gateway

/// A listening edge with the routes and limits of a test.
struct EdgeUnderTest: Sendable {
  let port: Int
  let connections: EdgeConnections
  let group: MultiThreadedEventLoopGroup
  /// Requests that have come to the layers.
  let asked: Counter

  func connect() throws -> RawConnection { try RawConnection(port: port) }

  /// Blocking work with a connection of its own.
  func client<Value: Sendable>(_ work: @escaping @Sendable (RawConnection) throws -> Value) async throws -> Value {
    try await blocking { [self] in try work(try connect()) }
  }

  /// Runs the test against an edge of its own and stops it afterwards; all connections must then be gone.
  static func run(
    _ limits: EdgeLimits = .quick, loops: Int = 1, tls: ServerTLS? = nil, security: ServerSecurity? = nil, h2c: Bool = false,
    on given: MultiThreadedEventLoopGroup? = nil, logTo descriptor: Int32? = nil, rates: RequestLimits? = nil,
    gated: Set<String> = [], routes: (Router<GatewayContext>) -> Void = { _ in },
    _ test: @escaping @Sendable (EdgeUnderTest) async throws -> Void
  ) async throws {
    let group = given ?? MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let logs = LogSink(descriptor: descriptor ?? 1, timer: group.next())
    let router = Router(context: GatewayContext.self)
    let outermost = EdgeMiddleware(accessLog: AccessLog(sink: logs, format: .json, isOn: descriptor != nil))
    let inForce = { @Sendable (_: any EventLoop) in rates }
    router.add(middleware: outermost)
    if rates?.countPrincipals == false {
      router.add(middleware: AddressLimitMiddleware(limits: inForce, probePaths: ["/"]))
    } else {
      router.add(middleware: RateLimitMiddleware(limits: inForce, probePaths: ["/"]))
    }
    router.add(middleware: ProblemMiddleware(routes: RouteTable(routes: [])))
    router.add(middleware: ScriptedAuthentication())
    if rates?.countPrincipals == true { router.add(middleware: RateLimitCounting(limits: inForce, probePaths: ["/"])) }
    router.get("/") { _, _ in "hello" }
    router.head("/") { _, _ in "hello" }
    router.post("/echo") { request, _ in Response(status: .ok, body: request.body.asResponse) }
    routes(router)
    let connections = EdgeConnections(limits: limits, group: group, executors: LoopExecutors(group))
    let (responder, asked) = (router.buildResponder(), Counter())
    let reception = Reception(
      connections: connections,
      responder: { request, context in
        asked.add()
        return try await responder.respond(to: request, context: context)
      },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      gate: gated.isEmpty ? nil : LimitGate(paths: gated, limits: inForce, cors: { _ in nil }, edge: outermost),
      security: try tls.map(ServerSecurity.init) ?? security, takesPreface: h2c)
    try await serve(reception, on: group, asked, test)
    await connections.waitUntilClosed()
    #expect(connections.open == 0)
    try await logs.shutDown()
    if given == nil { try await group.shutdownGracefully() }
  }

  private static func serve(
    _ reception: Reception, on group: MultiThreadedEventLoopGroup, _ asked: Counter,
    _ test: @escaping @Sendable (EdgeUnderTest) async throws -> Void
  ) async throws {
    let connections = reception.connections
    connections.startTicking()
    defer { connections.stopTicking() }
    let listener = try await Listener.bind(host: "127.0.0.1", port: 0, reception: reception, on: group)
    do {
      try await test(EdgeUnderTest(port: listener.port, connections: connections, group: group, asked: asked))
    } catch {
      connections.closeAll()
      try await listener.close()
      throw error
    }
    connections.closeAll()
    try await listener.close()
  }
}

extension RequestBody {
  /// The collected body again.
  var asResponse: ResponseBody {
    ResponseBody(asyncSequence: self)
  }
}

extension EdgeLimits {
  /// The real limits, looked at often.
  static var quick: EdgeLimits {
    var limits = EdgeLimits()
    limits.tick = .milliseconds(20)
    return limits
  }

  static func quick(_ change: (inout EdgeLimits) -> Void) -> EdgeLimits {
    var limits = quick
    change(&limits)
    return limits
  }
}

/// The answer is a problem of that status with all its members, and the connection's last word.
func expectProblem(
  _ response: RawConnection.Response, _ status: Int, instance: String?, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(response.status == status, sourceLocation: sourceLocation)
  #expect(response.fields["content-type"] == "application/problem+json", sourceLocation: sourceLocation)
  #expect(response.fields["connection"] == "close", sourceLocation: sourceLocation)
  #expect(response.fields["date"] != nil && response.fields["server"] == "tributary", sourceLocation: sourceLocation)
  let members = try #require(
    try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any], sourceLocation: sourceLocation)
  #expect(members["type"] as? String == "about:blank", sourceLocation: sourceLocation)
  #expect((members["title"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
  #expect(members["status"] as? Int == status, sourceLocation: sourceLocation)
  #expect((members["detail"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
  #expect(members["instance"] as? String == instance, sourceLocation: sourceLocation)
  let id = try #require(response.fields["x-request-id"], sourceLocation: sourceLocation)
  #expect(members["request_id"] as? String == id && !id.isEmpty, sourceLocation: sourceLocation)
}
