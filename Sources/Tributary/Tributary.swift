import ArgumentParser

/// The command `tributary`.
@main
struct Tributary: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tributary",
    abstract: "Many streams in, one river out: asks several services at once and answers with one honest document.",
    discussion: """
      Exit codes: 0 all went well, 1 a failure at run time, 2 bad usage or a bad configuration.
      """,
    version: version,
    subcommands: [ServeCommand.self, DemoCommand.self, UpstreamsCommand.self, CheckCommand.self, HealthCommand.self])

  /// ArgumentParser's own exit code for bad usage is 64; ours is 2, the same as for a bad configuration.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      let code = exitCode(for: error)
      guard code == .validationFailure else { exit(withError: error) }
      Console.complain(fullMessage(for: error))
      exit(withError: ExitCode.badUsage)
    }
  }
}

extension ExitCode {
  /// Bad usage or a bad configuration.
  static let badUsage = ExitCode(2)
}
