import ArgumentParser
import Glibc
import Settings

/// The options that set keys of the configuration.
struct ServerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The address to listen on.", valueName: "host"))
  var host: String?

  @Option(help: ArgumentHelp("The port to listen on; 0 takes any free one.", valueName: "port"))
  var port: String?

  @Option(help: ArgumentHelp("Event loops, one thread each; 0 means one a core.", valueName: "number"))
  var loops: String?

  /// Texts, read by the same rules as in the file, so that their problems read the same.
  var settings: [OptionSetting] {
    [("--host", "server.host", host), ("--port", "server.port", port), ("--loops", "server.loops", loops)].compactMap {
      name, key, value in value.map { OptionSetting(name: name, key: key, value: $0) }
    }
  }
}

/// Which YAML file to read.
struct ConfigurationFileOption: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "A YAML file with settings. Without it, the one that TRIBUTARY_CONFIG names; without that, the defaults.", valueName: "file"
    ))
  var path: String?
}

extension GatewaySettings {
  /// Reads the configuration, or says everything that is wrong with it and ends with exit code 2.
  static func readOrExit(
    file: String?, environment: [String: String] = ProcessEnvironment.current, options: [OptionSetting] = []
  ) throws -> GatewaySettings {
    try ReadSettings(file: file, environment: environment, options: options).orExit()
  }
}

extension ReadSettings {
  /// The settings, or says everything that is wrong with them and ends with exit code 2.
  func orExit() throws -> GatewaySettings {
    guard problems.isEmpty else {
      for problem in problems { Console.complain(problem.description) }
      throw ExitCode.badUsage
    }
    return settings
  }
}

enum ProcessEnvironment {
  /// The variables of this process.
  static var current: [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
      entry += 1
    }
    return variables
  }
}
