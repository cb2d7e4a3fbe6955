import NIOCore
import NIOPosix
import Upstreams

/// A running `tributary serve`.
final class GatewayUnderTest: Sendable {
  let process: ChildProcess
  let port: Int

  private init(_ process: ChildProcess, port: Int) {
    self.process = process
    self.port = port
  }

  /// Of its admin listener, which listens before the other one.
  var adminPort: Int { get async throws { try await Self.port(in: "Admin listening on", of: process) } }

  private static func port(in text: String, of process: ChildProcess) async throws -> Int {
    let line = try await process.line(containing: text)
    guard let text = try JSON(parsing: Array(line.utf8))["message"]?.text?.split(separator: ":").last, let port = Int(text)
    else { throw ChildProcess.NoSuchLine(text: "a port", errors: [line]) }
    return port
  }

  /// Starts it on a free port and waits until it listens. It is stopped if it does not come to that.
  static func start(
    _ options: [String] = [], environment: [String: String], under conditions: Spawn.Conditions = Spawn.Conditions()
  ) async throws -> GatewayUnderTest {
    // Many of them stand beside each other.
    let environment = ["TRIBUTARY_ADMIN_PORT": "0"].merging(environment) { _, given in given }
    let process = try ChildProcess(["serve", "--host", "127.0.0.1"] + options, environment: environment, under: conditions)
    do {
      return GatewayUnderTest(process, port: try await port(in: "Server started and listening on", of: process))
    } catch {
      try await process.stop()
      throw error
    }
  }
}

/// What a test wants to stand between it and the data.
struct StackSetup: Sendable {
  var upstreams = UpstreamsConfiguration()
  /// The gateway holds service credentials for users and accounts; otherwise it forwards what the caller has.
  var hasCredentials = true
  /// nil leaves it to others to say.
  var deadline: String? = "10s"
  var options: [String] = []
  /// Whether what a service has answered may answer for it again.
  var caches = false
  /// Over everything else.
  var environment: [String: String] = [:]
  var conditions = Spawn.Conditions()
  /// Places in the turnstile: 1 for an ordinary test, all for one that wants the machine for itself.
  var places = 1

  func environment(for fakes: FakeUpstreams) -> [String: String] {
    var variables: [String: String] = [:]
    variables["TRIBUTARY_REQUEST_DEADLINE"] = deadline
    // A machine that is busy with other things makes every loop late: that is not what is looked at.
    variables["TRIBUTARY_OVERLOAD_LAG"] = "10s"
    variables["TRIBUTARY_CACHE_ENABLED"] = caches ? "true" : "false"
    // Nobody stands before it who would have to notice that it ends.
    variables["TRIBUTARY_SERVER_DRAIN"] = "0s"
    for (index, name) in ServiceName.allCases.enumerated() {
      variables["MICROSERVICE\(index + 1)_URL"] = fakes.baseURL(of: name)
      // A loaded machine may take its time for a handshake; only refusals are looked at here.
      variables["TRIBUTARY_UPSTREAMS_\(name.rawValue.uppercased())_CONNECT_TIMEOUT"] = "5s"
    }
    if hasCredentials {
      variables["TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL"] = "Authorization: Bearer admin-token"
      variables["TRIBUTARY_UPSTREAMS_ACCOUNTS_CREDENTIAL"] = "x-user-id: 1; x-user-role: ADMIN"
    }
    return variables.merging(environment) { _, given in given }
  }
}

/// Four fake services and a gateway in front of them.
struct Stack: Sendable {
  let fakes: FakeUpstreams
  let gateway: GatewayUnderTest

  init(fakes: FakeUpstreams, gateway: GatewayUnderTest) {
    self.fakes = fakes
    self.gateway = gateway
  }

  /// Breaks or heals a service. While it refuses, it keeps its port.
  func setFault(_ fault: Fault, of name: ServiceName) async throws {
    try await fakes.setFault(fault, of: name)
  }

  /// One request on a connection of its own.
  func get(_ target: String, fields: [(String, String)] = []) async throws -> RawResponse {
    try await RawClient.fetch(port: gateway.port, target, fields: fields)
  }

  /// What the service itself sends for this section, asked directly by a caller whom it accepts.
  func original(of service: ServiceName, user: Int? = nil) async throws -> RawResponse {
    let fields = [("authorization", "Bearer admin-token"), ("x-user-id", "1"), ("x-user-role", "ADMIN")]
    let port = fakes.port(of: service)
    switch service {
    case .users:
      let path = user.map { "/api/v1/auth/profile/\($0)" } ?? "/api/v1/auth/users"
      return try await RawClient.fetch(port: port, path, fields: fields)
    case .accounts:
      return try await RawClient.fetch(port: port, "/scrapedAccounts" + (user.map { "/user/\($0)" } ?? ""), fields: fields)
    case .metrics:
      let body = Array((user.map { "{\"userId\":\($0)}" } ?? "{}").utf8)
      return try await RawClient.fetch(
        "POST", port: port, "/dbquery/user", fields: fields + [("content-type", "application/json")], body: body)
    case .dashboard: return try await RawClient.fetch(port: port, "/getDashboardInfo", fields: fields)
    }
  }
}

/// Runs the test against a stack of its own, and stops everything afterwards, whatever happened.
func withStack(_ setup: StackSetup = StackSetup(), _ test: (Stack) async throws -> Void) async throws {
  try await Turnstile.machine.pass(taking: setup.places) {
    let fakes = try await FakeUpstreams.start(setup.upstreams, on: MultiThreadedEventLoopGroup.singleton)
    do {
      let gateway = try await GatewayUnderTest.start(
        ["--port", "0"] + setup.options, environment: setup.environment(for: fakes), under: setup.conditions)
      do {
        try await test(Stack(fakes: fakes, gateway: gateway))
      } catch {
        try await gateway.process.stop(within: .seconds(40))
        throw error
      }
      try await gateway.process.stop(within: .seconds(40))
    } catch {
      try await fakes.stop()
      throw error
    }
    try await fakes.stop()
  }
}

let consolidated = "/api/dashboard/consolidated"
let summary = "/api/dashboard/summary"
let health = "/api/health/services"

/// The keys of the consolidated document that come from services, in their order.
let sections: [(key: String, service: ServiceName, filler: String)] = [
  ("users", .users, "[]"), ("scraped_accounts", .accounts, "[]"),
  ("metrics", .metrics, #"{"items":[],"count":0,"dashboard":[]}"#), ("dashboard_data", .dashboard, "[]"),
]

/// The key of a service in `services_status`.
func label(of service: ServiceName) -> String {
  "microservice\((ServiceName.allCases.firstIndex(of: service) ?? 0) + 1)"
}
