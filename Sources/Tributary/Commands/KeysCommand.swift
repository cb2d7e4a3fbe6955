import ArgumentParser
import Identity
import Resilience

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Add, list and revoke API keys.",
    discussion: """
      The keys are kept in the file that authentication.api_keys.file names. A running gateway takes up a change within two \
      seconds.
      """,
    subcommands: [KeysAddCommand.self, KeysListCommand.self, KeysRevokeCommand.self])
}

struct KeysAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Make a key, and print it once.",
    discussion: """
      Only a hash of it is kept: it cannot be had again. Exit code 1 if the file cannot be written or has a key of that name, or the \
      key cannot be printed: then the file stays as it was.

      Example: tributary keys add nightly-report --scope dashboard:all --days 90
      """)

  @Argument(help: "What to call it: 1 to 64 of a-z 0-9 . _ -")
  var name: String

  @Option(help: ArgumentHelp("What it is for: \(APIKeyScope.allowed). May be given several times.", valueName: "scope"))
  var scope: [String] = []

  @Option(help: ArgumentHelp("How long it is good; without it for ever.", valueName: "number"))
  var days: Int?

  @OptionGroup var file: APIKeyFileOptions

  func validate() throws {
    guard APIKey.isName(name) else { throw ValidationError("The name must be 1 to 64 of a-z 0-9 . _ -") }
    if let days, !(1...36_500).contains(days) { throw ValidationError("--days must be 1 to 36500.") }
    _ = try scopes()
  }

  func run() throws {
    let now = Timestamp.now()
    let expires = days.map { Timestamp(milliseconds: now.milliseconds + Int64($0) * 86_400_000) }
    let (file, scopes) = (try file.located(), try scopes())
    do throws(APIKeyFile.Fault) {
      try file.add(name: name, scopes: scopes, expires: expires, at: now) { key in
        Console.say(key)
        return !Console.hasLost
      }
    } catch { throw APIKeyFileOptions.failure(file, error) }
  }

  private func scopes() throws -> Set<APIKeyScope> {
    let scopes = try scope.map { text in
      guard let scope = APIKeyScope(text) else { throw ValidationError("--scope must be \(APIKeyScope.allowed).") }
      return scope
    }
    if let fault = APIKeyScope.fault(in: Set(scopes)) {
      throw ValidationError("A key cannot have \(fault): give it --scope \(APIKeyScope.allowed).")
    }
    return Set(scopes)
  }
}

struct KeysListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Say which keys there are: name, scopes, expiry.")

  @OptionGroup var file: APIKeyFileOptions

  func run() throws {
    let file = try file.located()
    do throws(APIKeyFile.Fault) {
      for key in try file.read() { Console.say(key.summary(at: .now())) }
    } catch { throw APIKeyFileOptions.failure(file, error) }
  }
}

struct KeysRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a key away.", discussion: "Exit code 1 if there is no key of that name.")

  @Argument(help: "The name of the key.")
  var name: String

  @OptionGroup var file: APIKeyFileOptions

  func run() throws {
    let file = try file.located()
    do throws(APIKeyFile.Fault) { try file.revoke(name: name) } catch { throw APIKeyFileOptions.failure(file, error) }
    Console.say("\(name) is revoked.")
  }
}

/// Which file of keys is meant.
struct APIKeyFileOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The file of keys; by default the one that the configuration names.", valueName: "file"))
  var file: String?

  @OptionGroup var configuration: ConfigurationFileOption

  func located() throws -> APIKeyFile {
    if let file { return APIKeyFile(path: file) }
    guard let path = try GatewaySettings.readOrExit(file: configuration.path).identity.apiKeyFile else {
      throw ValidationError("The configuration names no file of keys: give --file.")
    }
    return APIKeyFile(path: path)
  }

  /// Says why, and gives what ends the command with exit code 1.
  static func failure(_ file: APIKeyFile, _ fault: APIKeyFile.Fault) -> ExitCode {
    Console.complain("\(file.path): the file \(fault.reason)")
    return .failure
  }
}

extension APIKey {
  fileprivate func summary(at now: Timestamp) -> String {
    let end = expires.map { $0 <= now ? "expired \($0.rfc3339)" : "expires \($0.rfc3339)" } ?? "never expires"
    return "\(name)  \(scopes.map(\.description).sorted().joined(separator: ","))  \(end)"
  }
}
