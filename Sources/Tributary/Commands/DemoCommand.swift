import ArgumentParser
import Gateway
import NIOCore
import NIOPosix
import Settings
import Upstreams

struct DemoCommand: LastingCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Run the gateway in front of four fake services, all in this process.",
    discussion: """
      Needs nothing. The gateway holds service credentials for the fake services, which insist on identity as the real ones do, so \
      a plain curl sees all four sections. Break a service with --fault metrics=hang, or while it runs: \
      curl -X PUT -d hang http://127.0.0.1:9093/_fault
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var fakes: FakeServiceOptions

  func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let services = try await FakeUpstreams.start(fakes.upstreams(), on: group)
    // No balancer stands before a demo that would have to notice its end.
    let drain = OptionSetting(name: "demo", key: "server.drain", value: "0s")
    let admin = OptionSetting(name: "demo", key: "admin.port", value: Self.adminPort(beside: server.port))
    let explain = OptionSetting(name: "demo", key: "server.explain", value: "true")
    let options = server.settings + Self.addresses(of: services) + Self.lifetimes + [drain, admin, explain]
    let read = { @Sendable in ReadSettings(file: nil, environment: Self.credentials, options: options) }
    let settings = try read().orExit()
    let process = GatewayProcess(settings: settings, read: read, demo: DemoControl(services)) {
      Self.invite(to: "http://\(settings.gateway.host):\($0)", status: settings.gateway.admin.url, services)
    }
    try await process.run()
    try await services.stop()
    try await group.shutdownGracefully()
  }

  /// So short that one sees how data ages: cached, stale while it is being refreshed, stale because its service is down.
  private static let lifetimes = [
    OptionSetting(name: "demo", key: "cache.ttl", value: "3s"),
    OptionSetting(name: "demo", key: "cache.stale_while_revalidate", value: "3s"),
  ]

  /// The port after the gateway's own; any free one where that is any, or the last.
  private static func adminPort(beside port: String?) -> String {
    guard let port else { return "8006" }
    return Int(port).flatMap { (1..<65_535).contains($0) ? "\($0 + 1)" : nil } ?? "0"
  }

  private static func addresses(of services: FakeUpstreams) -> [OptionSetting] {
    ServiceName.allCases.map { name in
      OptionSetting(name: "--upstream-port-base", key: "upstreams.\(name.rawValue).url", value: services.baseURL(of: name))
    }
  }

  /// Over the environment of the process: what it has for real services is not for the fake ones.
  private static var credentials: [String: String] {
    [
      "TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer \(FakeCredentials.adminToken)",
      "TRIBUTARY_UPSTREAMS_ACCOUNTS_CREDENTIAL":
        "x-user-id: \(FakeCredentials.accountsUserID); x-user-role: \(FakeCredentials.accountsUserRole)",
    ]
  }

  private static func invite(to gateway: String, status: String?, _ services: FakeUpstreams) {
    let pages = "\(gateway)/ is its dashboard" + (status.map { ", \($0)/status how it is" } ?? "")
    Console.say(
      """
      Tributary \(Tributary.version) in front of four fake services. In a browser \(pages).
      Or try:
        curl \(gateway)/api/dashboard/consolidated
        curl \(gateway)/api/dashboard/summary
        curl \(gateway)/api/dashboard/consolidated?user_id=7
        curl \(gateway)/api/health/services
        curl \(gateway)/api/dashboard/summary?explain=1
      Break one, ask again, heal it:
        curl -X PUT -d hang \(services.controlURL(of: .metrics))/_fault
        curl -X PUT -d none \(services.controlURL(of: .metrics))/_fault
      Sections are cached for 3 s; when their service is down they go out stale, and say so.
      Ctrl-C ends it.
      """)
  }
}
