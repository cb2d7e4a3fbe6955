import Aggregation
import Caching
import Clients
import EventLoops
import HTTPTypes
import Hummingbird
import Identity
import Logging
import NIOCore
import NIOPosix
import RateLimiting
import Resilience
import Synchronization
import TestSupport

@testable import Gateway

/// The whole gateway in this process, in front of one service that plays all four, with an authenticator of the test's.
struct SecuredGateway: Sendable {
  /// A request that came to the service.
  struct Asked: Sendable {
    let path: String
    let fields: [String: String]
  }

  struct Setup {
    var security = SecurityConfiguration()
    var authenticator: (any Authenticating)? = ScriptedAuthenticator()
    var schemes: CredentialSchemes = [.bearer, .apiKey]
    var allowsAnonymous = false
    var origins = ["*"]
    /// What the users service may be given.
    var toUsers = ["authorization"]
    /// In place of what the caller brings.
    var usersCredential: [HeaderField]?
    /// Nobody listens where it should be.
    var usersAreAway = false
    var logTo: Int32?
    /// Counted in this process; how its time goes is for the test to say.
    var limits: [RateLimitPolicy] = []
    var now: @Sendable () -> Instant = { .now() }
    /// See `GatewayConfiguration.explains`.
    var explains = false
  }

  let port: Int
  let gateway: Gateway
  var routes: RouteTable { gateway.routes }
  let eventLoop: any EventLoop
  private let requests: Requests
  private let remake: @Sendable (any Authenticating) async throws -> Void

  private final class Requests: Sendable {
    let all = Mutex<[Asked]>([])
  }

  /// What the service was asked so far.
  var asked: [Asked] { requests.all.withLock { $0 } }

  /// The same configuration with another authenticator, as a reload makes it.
  func replace(authenticator: any Authenticating) async throws { try await remake(authenticator) }

  /// On a connection of its own.
  func get(
    _ target: String, as credential: String? = nil, method: String = "GET", fields: [String: String] = [:]
  ) async throws -> RawConnection.Response {
    var fields = fields
    if let credential { fields["authorization"] = "Bearer \(credential)" }
    return try await blocking { [port, fields] in
      try RawConnection(port: port).exchange(method, target, fields: fields)
    }
  }

  static func run(_ setup: Setup = Setup(), _ test: @escaping @Sendable (SecuredGateway) async throws -> Void) async throws {
    let requests = Requests()
    try await EdgeUnderTest.run(
      routes: { router in
        for (method, path, body) in Self.answers {
          router.on(RouterPath(path), method: method) { request, _ in
            let fields = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { "\($0), \($1)" }
            requests.all.withLock { $0.append(Asked(path: request.uri.path, fields: fields)) }
            return Response(
              status: .ok, headers: [.contentType: "application/json"],
              body: ResponseBody(byteBuffer: ByteBuffer(string: body(fields))))
          }
        }
      }, { service in try await run(setup, requests, before: service.port, test) })
  }

  private static let others =
    #"{"id":7,"email":"u@example.com"},{"id":8,"email":"two@example.com"},{"id":9,"email":"two@example.com"}"#

  /// Sections that name whom the service took the caller for.
  private static let answers: [(HTTPRequest.Method, String, @Sendable ([String: String]) -> String)] = [
    (.get, "/api/v1/auth/users", { #"[{"id":1,"email":"\#($0["authorization"] ?? "nobody")"},\#(others)]"# }),
    (.get, "/api/v1/auth/profile/{id}", { #"{"id":1,"email":"\#($0["authorization"] ?? "nobody")"}"# }),
    (.get, "/scrapedAccounts", { #"[{"id":1,"userId":1,"accountName":"\#($0["x-user-id"] ?? "nobody")"}]"# }),
    (.get, "/scrapedAccounts/user/{id}", { #"[{"id":1,"userId":1,"accountName":"\#($0["x-user-id"] ?? "nobody")"}]"# }),
    (.post, "/dbquery/user", { _ in #"{"items":[],"count":0,"dashboard":[]}"# }),
    (.get, "/getDashboardInfo", { _ in #"[{"adminId":1}]"# }),
  ]

  private static func run(
    _ setup: Setup, _ requests: Requests, before port: Int, _ test: @escaping @Sendable (SecuredGateway) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let workers = WorkerPool(threads: 1)
    let logs = LogSink(descriptor: setup.logTo ?? 1, timer: group.next())
    var clients: [UpstreamClient] = []
    for known in UpstreamDefinition.defaults {
      var definition = known
      definition.endpoint = Endpoint(host: "127.0.0.1", port: port)
      definition.limits.connectTimeout = .seconds(10)
      if known.name == "users" {
        definition.identity = setup.usersCredential.map { .credential($0) } ?? .forward(setup.toUsers)
        definition.policies.retry = .never
        if setup.usersAreAway { definition.endpoint = Endpoint(host: "127.0.0.1", port: 1) }
      }
      clients.append(try await UpstreamClient(definition, on: group))
    }
    let caching = SectionCaching(
      SectionStore(capacity: 1 << 20, maxRefreshes: 16), maker: CacheKeyMaker(configurationVersion: "1"), patience: .seconds(10))
    let aggregator = try await Aggregator(
      sections: SectionDefinition.defaults, clients: Dictionary(uniqueKeysWithValues: clients.map { ($0.definition.name, $0) }),
      cache: caching, workers: workers, on: group)
    let configuration = GatewayConfiguration.forTests {
      $0.security = setup.security
      $0.allowedOrigins = setup.origins
      $0.explains = setup.explains
      $0.rateLimits.policies = setup.limits
    }
    let limiting = Limiting(limiter: LocalLimiter(keys: 1000, now: setup.now), keys: RateLimitKeyMaker())
    let parts = {
      @Sendable [clients, schemes = setup.schemes, allowsAnonymous = setup.allowsAnonymous] (authenticator: (any Authenticating)?)
      in
      ServingParts(
        configuration, aggregator: aggregator, upstreams: clients, authenticator: authenticator, schemes: schemes,
        allowsAnonymous: allowsAnonymous, cache: nil, limiting: limiting)
    }
    let serving = try await CurrentServing(parts(setup.authenticator), on: group)
    let isLogging = setup.logTo != nil
    let (ports, found) = AsyncStream.makeStream(of: Int.self)
    let gateway = try Gateway(
      configuration, version: "1", serving: serving, group: group, logs: logs, logFormat: .json,
      logger: Logger(label: "test") { _ in
        SilentHandler(logLevel: isLogging ? .info : .error)
      }, listening: { found.yield($0) })
    let failure = await withTaskGroup(of: Void.self) { tasks -> (any Error)? in
      tasks.addTask {
        // Ends by being cancelled.
        do { try await gateway.run() } catch { found.finish() }
      }
      defer { tasks.cancelAll() }
      for await port in ports {
        let this = SecuredGateway(port: port, gateway: gateway, eventLoop: group.next(), requests: requests) {
          try await serving.replace(with: parts($0))
        }
        do { try await test(this) } catch { return error }
        return nil
      }
      return NoPort()
    }
    for client in clients { try await client.shutDown() }
    try await workers.shutDown()
    try await logs.shutDown()
    try await group.shutdownGracefully()
    if let failure { throw failure }
  }

  struct NoPort: Error {}
}

/// Says nothing, at whatever level.
private struct SilentHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  init(logLevel: Logger.Level) { self.logLevel = logLevel }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {}
}
