import Settings

/// A reader over a YAML text named `x.yaml`, with the original's variables of the product.
func settings(
  _ yaml: String = "", environment: [String: String] = [:], options: [OptionSetting] = [], other: Set<String> = []
) -> SettingsReader {
  settings(bytes: Array(yaml.utf8), environment: environment, options: options, other: other)
}

func settings(
  bytes: [UInt8], environment: [String: String] = [:], options: [OptionSetting] = [], other: Set<String> = []
) -> SettingsReader {
  let legacy = [
    LegacyVariable(name: "PORT", key: "server.port"),
    LegacyVariable(name: "LOG_LEVEL", key: "log.level"),
    LegacyVariable(name: "REQUEST_TIMEOUT", key: "request.deadline", unit: .seconds),
    LegacyVariable(name: "MICROSERVICE1_URL", key: "upstreams.users.url"),
  ]
  let sources = SettingsSources(
    file: "x.yaml", environment: environment, options: options, legacy: legacy, otherVariables: other)
  return SettingsReader(sources, yaml: bytes)
}

extension SettingsReader {
  /// All problems as lines.
  var lines: [String] { problems().map(\.description) }
}

enum LogLevel: String, CaseIterable {
  case debug, info, warning
}

/// A small program's settings, in the way real modules read theirs.
struct Sample {
  let host: String
  let port: Int
  let deadline: Duration
  let level: LogLevel
  let upstreams: [String: BaseURL]
  let names: [String]

  init(reading settings: SettingsReader) {
    let server = settings.scope("server")
    host = server.string("host", default: "127.0.0.1")
    port = server.integer("port", default: 8005, in: 0...65535)
    deadline = settings.scope("request").duration("deadline", default: .seconds(10), in: .milliseconds(10)...(.seconds(300)))
    level = settings.scope("log").choice("level", default: .info)
    names = settings.names(under: "upstreams", defaults: ["users", "metrics"])
    var upstreams: [String: BaseURL] = [:]
    for name in names {
      upstreams[name] = settings.scope("upstreams", name).url("url", default: localhost)
    }
    self.upstreams = upstreams
  }
}

var localhost: BaseURL {
  guard let url = BaseURL("http://localhost:8081") else { fatalError("a constant URL does not parse") }
  return url
}
