import ArgumentParser

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the configuration, and say everything that is wrong with it.",
    discussion: """
      One line a problem: file:line: key: what was found, what is allowed. Exit code 2 if there is any; a warning alone is none. Nothing is started and \
      nobody is called.
      """)

  @OptionGroup var file: ConfigurationFileOption

  func run() throws {
    let settings = try GatewaySettings.readOrExit(file: file.path)
    for warning in settings.warnings { Console.complain("warning: \(warning)") }
    Console.say("The configuration is good: \(settings.upstreams.count) upstreams, \(settings.sections.count) sections.")
  }
}
