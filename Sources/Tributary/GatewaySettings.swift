import Aggregation
import Caching
import Clients
import Gateway
import Glibc
import Identity
import Logging
import RateLimiting
import Redis
import Settings
import TraceExport

/// The whole configuration, read once and checked whole.
struct GatewaySettings: Sendable {
  let gateway: GatewayConfiguration
  let identity: IdentityConfiguration
  let upstreams: [UpstreamDefinition]
  let sections: [SectionDefinition]
  let cache: CacheConfiguration
  /// Nil where replicas share nothing.
  let redis: RedisConfiguration?
  let sharedLevel: SharedLevelConfiguration
  let requirements: DocumentRequirements
  let log: LogConfiguration
  let metrics: MetricsConfiguration
  let tracing: TracingConfiguration

  /// The names that the original's environment gave to our keys.
  static let legacyVariables = [
    LegacyVariable(name: "MICROSERVICE1_URL", key: "upstreams.users.url"),
    LegacyVariable(name: "MICROSERVICE2_URL", key: "upstreams.accounts.url"),
    LegacyVariable(name: "MICROSERVICE3_URL", key: "upstreams.metrics.url"),
    LegacyVariable(name: "MICROSERVICE4_URL", key: "upstreams.dashboard.url"),
    LegacyVariable(name: "REDIS_URL", key: "cache.redis.url"),
    LegacyVariable(name: "PORT", key: "server.port"),
    LegacyVariable(name: "LOG_LEVEL", key: "log.level"),
    LegacyVariable(name: "REQUEST_TIMEOUT", key: "request.deadline", unit: .seconds),
    LegacyVariable(name: "MAX_RETRIES", key: "retry.attempts"),
    LegacyVariable(name: "RETRY_DELAY", key: "retry.backoff", unit: .seconds),
  ]

  /// The variable that names the configuration file where no option does.
  static let fileVariable = "TRIBUTARY_CONFIG"

  /// - Parameter file: a YAML file; nil takes the one that `TRIBUTARY_CONFIG` names, if it does.
  static func sources(file: String?, environment: [String: String], options: [OptionSetting] = []) -> SettingsSources {
    SettingsSources(
      file: file ?? environment[fileVariable].flatMap { $0.isEmpty ? nil : $0 }, environment: environment, options: options,
      legacy: legacyVariables, otherVariables: [fileVariable])
  }

  /// Reads everything. Where `settings.problems()` is not empty afterwards, what was read must not be used.
  init(reading settings: SettingsReader) {
    gateway = GatewayConfiguration(reading: settings)
    identity = IdentityConfiguration(reading: settings)
    log = LogConfiguration(reading: settings.scope("log"))
    metrics = MetricsConfiguration(reading: settings.scope("metrics"))
    tracing = TracingConfiguration(reading: settings.scope("tracing"))
    upstreams = UpstreamDefinition.all(reading: settings)
    cache = CacheConfiguration(reading: settings.scope("cache"))
    redis = RedisConfiguration(reading: settings)
    sharedLevel = SharedLevelConfiguration(reading: settings)
    sections = SectionDefinition.all(reading: settings, upstreams: upstreams, cache: cache.policy)
    requirements = DocumentRequirements(reading: settings.scope("documents"), sections: sections.map(\.name))
    if gateway.security.authorization.userLookup == .section, !canLookUsersUp {
      settings.problem(
        "authorization.user_lookup", found: "section, and none to look into",
        allowed: "section only where the section users is cached, and its upstream has a credential or sign_in")
    }
  }

  /// Whether there is a section `users` that is the same whoever asks, and at hand.
  private var canLookUsersUp: Bool {
    guard cache.isEnabled, let section = sections.first(where: { $0.name == "users" }), section.cache.isEnabled else {
      return false
    }
    return upstreams.first { $0.name == section.upstream }?.identity.isOfService == true
  }
}

/// `log`.
struct LogConfiguration: Sendable, Equatable {
  /// Lines below it are left out; access lines are `info`.
  let level: Logger.Level
  let format: LineFormat
  let sampling: LogSampling.Configuration

  init(reading settings: SettingsReader) {
    level = settings.choice("level", default: .info)
    format = settings.choice("format", default: .auto)
    sampling = LogSampling.Configuration(reading: settings)
  }
}

/// Settings as read, and everything that is wrong with them. Where there are problems the settings must not be used.
struct ReadSettings: Sendable {
  let settings: GatewaySettings
  let problems: [Problem]

  init(file: String?, environment: [String: String] = ProcessEnvironment.current, options: [OptionSetting] = []) {
    let reader = SettingsReader(GatewaySettings.sources(file: file, environment: environment, options: options))
    settings = GatewaySettings(reading: reader)
    problems = reader.problems()
  }
}

extension GatewaySettings {
  /// What is allowed, and still worth a thought: key and reason.
  var warnings: [String] {
    let now = time(nil)
    return [
      openness, gateway.admin.warning, gateway.tls?.warning("server.tls", at: now),
      gateway.admin.tls?.warning("admin.tls", at: now),
      limitWarning, cursorWarning,
    ].compactMap(\.self) + identity.warnings + sharingWarnings
  }

  /// Whether a client has to prove who it is.
  var isAuthenticated: Bool {
    identity.isEnabled ? !identity.allowsAnonymous : gateway.security.trustsIdentityHeaders
  }

  /// That others can reach a gateway which asks nobody who he is.
  private var openness: String? {
    guard !isAuthenticated, !gateway.isLoopback else { return nil }
    let credentialed = upstreams.filter { $0.identity.isOfService }.map(\.name)
    let reach =
      "server.host: \(gateway.host) can be reached from other machines, and authentication is off: whoever asks is answered"
    guard !credentialed.isEmpty else { return reach }
    return "\(reach), with all that the service credentials of \(credentialed.joined(separator: ", ")) may see"
  }

  /// Sections that all callers share although their upstream is told who calls.
  private var sharingWarnings: [String] {
    sections.filter { section in
      guard section.cache.isEnabled, section.cache.scope == .public,
        case .forward(let fields)? = upstreams.first(where: { $0.name == section.upstream })?.identity
      else { return false }
      return !fields.isEmpty
    }.map {
      "sections.\($0.name).cache.scope: public, and \($0.upstream) is given who asks: what was made for one caller is shown to all"
    }
  }

  private var limitWarning: String? {
    guard redis != nil, cache.keySecret == nil, !gateway.rateLimits.policies.isEmpty else { return nil }
    return
      "rate_limits: without cache.key_secret whoever can read Redis can find out by trying which addresses and principals are counted there"
  }

  private var cursorWarning: String? {
    guard redis != nil, gateway.cursorSecret == nil else { return nil }
    return "server.cursor_secret: without it no replica takes the cursors of another, and pages end at a restart"
  }

  /// Whether something differs that only a new process takes up: the sockets, the threads, the limits of connections, the log.
  func needsRestart(from old: GatewaySettings) -> Bool {
    var mine = gateway
    (mine.deadline, mine.security) = (old.gateway.deadline, old.gateway.security)
    (mine.allowedOrigins, mine.allowsCORSCredentials) = (old.gateway.allowedOrigins, old.gateway.allowsCORSCredentials)
    mine.stream = old.gateway.stream
    mine.cursorSecret = old.gateway.cursorSecret
    (mine.rateLimits, mine.clientAddress) = (old.gateway.rateLimits, old.gateway.clientAddress)
    mine.explains = old.gateway.explains
    return mine != old.gateway || log != old.log || metrics != old.metrics || tracing != old.tracing
      || cache.memory != old.cache.memory
      || cache.maxRefreshes != old.cache.maxRefreshes || cache.keySecret != old.cache.keySecret || redis != old.redis
      || sharedLevel != old.sharedLevel
  }
}
