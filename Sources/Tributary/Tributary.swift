import ArgumentParser
import Glibc

/// The command `tributary`.
struct Tributary: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tributary",
    abstract: "Many streams in, one river out: asks several services at once and answers with one honest document.",
    discussion: """
      Exit codes: 0 all went well, 1 a failure at run time, 2 bad usage or a bad configuration.
      """,
    version: version,
    subcommands: [
      ServeCommand.self, DemoCommand.self, UpstreamsCommand.self, CheckCommand.self, HealthCommand.self, PurgeCommand.self,
      KeysCommand.self, SimulateCommand.self,
    ])

  /// Starts what the command line asks for. On the main thread, with signals held.
  static func start() {
    let command = parsed()
    if !(command is any LastingCommand) { SignalWatch.release() }
    // Its owner is the process, which ends with it.
    Task { await run(command) }
  }

  private static func parsed() -> sending any ParsableCommand {
    do { return try parseAsRoot() } catch { end(for: error) }
  }

  @concurrent private static func run(_ command: any ParsableCommand) async -> Never {
    var command = command
    do {
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      end(for: error)
    }
    Glibc.exit(Console.hasLost ? 1 : 0)
  }

  /// ArgumentParser's own exit code for bad usage is 64; ours is 2, the same as for a bad configuration.
  private static func end(for error: any Error) -> Never {
    let code = exitCode(for: error)
    guard code == .validationFailure else { exit(withError: error) }
    Console.complain(fullMessage(for: error))
    exit(withError: ExitCode.badUsage)
  }
}

/// A command that runs until a signal ends it, and traps signals itself.
protocol LastingCommand: AsyncParsableCommand {}

extension ExitCode {
  /// Bad usage or a bad configuration.
  static let badUsage = ExitCode(2)
}
