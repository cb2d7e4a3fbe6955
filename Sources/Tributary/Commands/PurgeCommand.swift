import ArgumentParser
import Clients
import Gateway
import NIOCore
import NIOPosix
import Settings

struct PurgeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Have a running gateway forget what it has cached.",
    discussion: """
      Without --hard what has one of the tags is marked stale: it serves on until it has been fetched anew. The gateway that is \
      asked tells the other replicas. Exit code 1 if that, or anything else, fails.

      Example: tributary purge users user:7
      """)

  @Argument(help: ArgumentHelp("Tags, such as the name of a section (users) or a user of it (user:7).", valueName: "tag"))
  var tags: [String] = []

  @Flag(help: "Everything, whatever its tags.")
  var all = false

  @Flag(help: "Remove it, so that nobody is served it any more.")
  var hard = false

  @Option(
    help: ArgumentHelp(
      "Where the admin listener is; by default where the configuration has it, on this machine.", valueName: "url"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      "A file with the listener's token (admin.token); by default the one of TRIBUTARY_ADMIN_TOKEN or TRIBUTARY_ADMIN_TOKEN_FILE.",
      valueName: "file"))
  var tokenFile: String?

  func validate() throws {
    guard tags.isEmpty == all else { throw ValidationError("Name what to purge: either tags or --all.") }
    _ = try request()
  }

  func run() async throws {
    let (url, token) = try url.map { ($0, try Self.token(in: tokenFile)) } ?? configured()
    guard let address = BaseURL(url) else { throw ValidationError("--url \(url) is not an http or https URL.") }
    let client = AdminClient(address, token: token, on: MultiThreadedEventLoopGroup.singleton.next())
    let report: PurgeReport
    do { report = try await client.purge(try request()) } catch let failure as AdminClient.Failure {
      Console.complain("\(address): \(failure.sentence)")
      throw ExitCode.failure
    }
    let done = "\(report.entries) \(report.entries == 1 ? "entry" : "entries") \(hard ? "removed" : "marked stale")"
    switch report.spread {
    case .notNeeded: Console.say("\(done). Replicas share no cache: none has to be told.")
    case .spread: Console.say("\(done) in this replica, and the others have been told.")
    case .failed(let reason):
      Console.say("\(done) in this replica.")
      Console.complain("The other replicas have not been told: \(reason)")
      throw ExitCode.failure
    }
  }

  private func request() throws -> PurgeRequest {
    do throws(PurgeRequest.Fault) {
      return try PurgeRequest(tags: all ? [PurgeRequest.everything] : tags, isHard: hard)
    } catch { throw ValidationError(error.sentence) }
  }

  private func configured() throws -> (url: String, token: Secret?) {
    let admin = try GatewaySettings.readOrExit(file: nil).gateway.admin
    guard let url = admin.url else {
      throw ValidationError("The configuration does not say where the admin listener is: give its --url.")
    }
    return (url, try tokenFile.map { try Self.token(in: $0) } ?? admin.token)
  }

  /// From the file, else as the environment has it; of the configuration nothing else is looked at.
  private static func token(in file: String?) throws -> Secret? {
    let environment = file == nil ? ProcessEnvironment.current.filter { $0.key.hasPrefix("TRIBUTARY_ADMIN_TOKEN") } : [:]
    let options = file.map { [OptionSetting(name: "--token-file", key: "admin.token_file", value: $0)] } ?? []
    let settings = SettingsReader(SettingsSources(environment: environment, options: options))
    let token = AdminConfiguration.token(reading: settings.scope("admin"))
    let problems = settings.problems()
    guard problems.isEmpty else {
      for problem in problems { Console.complain(problem.description) }
      throw ExitCode.badUsage
    }
    return token
  }
}

extension AdminClient.Failure {
  fileprivate var sentence: String {
    switch self {
    case .unreachable(let code): "nobody answers (\(code.rawValue))"
    case .refused(let status, let detail): "\(status): \(detail ?? "that is no admin listener of a gateway")"
    case .notUnderstood: "that is no admin listener of a gateway"
    }
  }
}
