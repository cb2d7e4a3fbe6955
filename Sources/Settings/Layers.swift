import Configuration
import Synchronization

/// The layers as one swift-configuration `ConfigReader`: options over `TRIBUTARY_…` variables over the original's variables
/// over the YAML file.
///
/// This is where swift-configuration and what stands beside it meet. It decides which layer a value comes from, turns keys
/// into environment variables, and keeps secrets out of its access log. What it cannot do is done beside it:
/// - Its YAML provider has no lines and types scalars by YAML 1.1: the file is an in-memory provider filled from
///   `ConfigurationFile`.
/// - It cannot list what a provider holds: unknown keys are found by `UnknownKeys`.
/// - Its errors end the search and name no place: every value is looked up as text, which `SettingsReader` parses, and its
///   access reporter tells which layer answered.
struct Layers {
  /// In the order in which the providers are asked.
  enum Layer: Int {
    case option, environment, legacy, file
  }

  private let reader: ConfigReader
  private let supplier = Supplier()

  /// `legacy` holds the set variables with their unit already applied, by dotted key.
  init(options: [String: String], environment: [String: String], legacy: [String: String], file: ConfigurationFile) {
    let providers: [any ConfigProvider] = [
      Self.provider("options", options.mapValues { .string($0) }),
      EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: ["tributary"]),
      Self.provider("legacy", legacy.mapValues { .string($0) }),
      Self.provider("file", file.entries.compactMapValues(Self.content)),
    ]
    reader = ConfigReader(providers: providers, accessReporter: supplier)
  }

  /// The text in effect and its layer; nil if no layer has the key, or if what the file has is no text.
  func text(at path: [String], isSecret: Bool = false) -> (layer: Layer, text: String)? {
    guard let text = reader.string(forKey: ConfigKey(path), isSecret: isSecret), let layer = supplier.layer else { return nil }
    return (layer, text)
  }

  /// The list in effect, if it comes from the file. Lists of other layers are text with commas.
  func list(at path: [String]) -> [String]? {
    reader.stringArray(forKey: ConfigKey(path))
  }

  /// `server.port` is `TRIBUTARY_SERVER_PORT`: as `EnvironmentVariablesProvider` encodes a lower-case key.
  static func variable(of path: [String]) -> String {
    (["tributary"] + path).joined(separator: "_").uppercased()
  }

  private static func provider(_ name: String, _ values: [String: ConfigContent]) -> InMemoryProvider {
    let pairs = values.map { key, content in
      (AbsoluteConfigKey(key.split(separator: ".").map(String.init)), ConfigValue(content, isSecret: false))
    }
    return InMemoryProvider(name: name, values: Dictionary(pairs) { first, _ in first })
  }

  private static func content(_ entry: ConfigurationFile.Entry) -> ConfigContent? {
    switch entry.value {
    case .text(let text): .string(text)
    case .list(let items): .stringArray(items.compactMap(\.text))
    case .mapping, .nothing: nil
    }
  }
}

/// Remembers which provider answered last. Providers are asked in order until one has a value, so it is the last one asked.
private final class Supplier: AccessReporter {
  private let asked = Mutex<Int?>(nil)

  /// The layer of the latest value.
  var layer: Layers.Layer? {
    asked.withLock { $0 }.flatMap(Layers.Layer.init)
  }

  func report(_ event: AccessEvent) {
    asked.withLock { $0 = event.providerResults.count - 1 }
  }
}
