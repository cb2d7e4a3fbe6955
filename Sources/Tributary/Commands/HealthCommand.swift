import ArgumentParser
import Clients
import EventLoops
import Gateway
import NIOCore
import NIOPosix
import Resilience
import Settings

struct HealthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health",
    abstract: "Ask a running gateway whether it is alive; for container health checks.",
    discussion: "Exit code 0 if it answers 2xx within two seconds, 1 if not.")

  @Option(help: ArgumentHelp("What to ask; by default the port of the configuration, on this machine.", valueName: "url"))
  var url: String?

  /// The public listener; where that speaks TLS, whose certificate names no loopback address, the admin listener.
  private static func configured() throws -> String {
    let gateway = try GatewaySettings.readOrExit(file: nil).gateway
    if gateway.tls == nil { return "http://127.0.0.1:\(gateway.port)/livez" }
    guard gateway.admin.tls == nil, let admin = gateway.admin.url else {
      throw ValidationError(
        "Every listener of the configuration speaks TLS: give the --url to ask, with a name of the certificate.")
    }
    return admin + "/livez"
  }

  private static let patience = TimeAmount.seconds(2)

  func run() async throws {
    let url = try self.url ?? Self.configured()
    guard let address = BaseURL(url) else { throw ValidationError("--url \(url) is not an http or https URL.") }
    var definition = UpstreamDefinition(
      name: "gateway", label: "gateway",
      endpoint: Endpoint(scheme: address.scheme == "https" ? .https : .http, host: address.host, port: address.port))
    definition.policies.retry = .never
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let client = try await UpstreamClient(definition, on: loop)
    let call = UpstreamCall(method: .get, target: address.pathPrefix.isEmpty ? "/" : address.pathPrefix, requestID: "health")
    let failure = await EventLoopExecutor(loop).run { () -> CallFailure? in
      do throws(CallFailure) { _ = try await client.call(call, on: loop, until: .now() + Self.patience) } catch { return error }
      return nil
    }
    guard let failure else { return }
    Console.complain("\(url): \(failure.reason.rawValue)")
    throw ExitCode.failure
  }
}
