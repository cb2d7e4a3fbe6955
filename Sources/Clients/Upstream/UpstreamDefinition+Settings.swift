import NIOCore
package import Settings

extension UpstreamDefinition {
  /// Every upstream: the defaults, as the configuration changes them, then those that it adds.
  package static func all(reading settings: SettingsReader) -> [UpstreamDefinition] {
    let policies = UpstreamPolicies(reading: settings, default: UpstreamPolicies())
    let upstreams = settings.names(under: "upstreams", defaults: defaults.map(\.name)).map { name in
      var base =
        defaults.first { $0.name == name }
        ?? UpstreamDefinition(name: name, label: name, endpoint: Endpoint(host: "localhost", port: 80))
      base.policies = policies
      return UpstreamDefinition(reading: settings.scope("upstreams", name), default: base)
    }
    reportLabels(of: upstreams, to: settings)
    return upstreams
  }

  /// Labels are keys of one object, beside the key `services` of the health report.
  private static func reportLabels(of upstreams: [UpstreamDefinition], to settings: SettingsReader) {
    var taken: Set<String> = ["", "services"]
    for upstream in upstreams where !taken.insert(upstream.label).inserted {
      settings.problem(
        "upstreams.\(upstream.name).label", found: "the label \"\(upstream.label)\"",
        allowed: "a text that no other upstream has, not empty and not services")
    }
  }

  /// `upstreams.<name>`.
  private init(reading settings: SettingsReader, default base: UpstreamDefinition) {
    self = base
    label = settings.string("label", default: base.label)
    if let url = url(reading: settings) {
      endpoint = Endpoint(url)
      pathPrefix = url.pathPrefix
    }
    moreEndpoints = Self.endpoints(settings, prefix: pathPrefix) ?? base.moreEndpoints
    tls = UpstreamTLS(reading: settings.scope("tls"))
    healthPath = settings.path("health_path", default: base.healthPath)
    identity = IdentityRule(reading: settings, default: base.identity)
    attemptTimeout = settings.timeAmount("attempt_timeout", default: base.attemptTimeout, in: .milliseconds(1) ... .seconds(300))
    policies = UpstreamPolicies(reading: settings, default: base.policies)
    sendsDeadline = settings.flag("deadline_header", default: base.sendsDeadline)
    acceptsGzip = settings.flag("gzip", default: base.acceptsGzip)
    limits = TransportLimits(reading: settings, default: base.limits)
  }

  /// Further base URLs: another host or port, the same path.
  private static func endpoints(_ settings: SettingsReader, prefix: String) -> [Endpoint]? {
    let urls = settings.strings(
      "more_urls", default: [], each: "a base URL with the same path as url", where: { BaseURL($0)?.pathPrefix == prefix })
    return urls.isEmpty ? nil : urls.compactMap { BaseURL($0).map(Endpoint.init) }
  }

  /// One of the four has a default; one that the configuration adds must say where it is.
  private func url(reading settings: SettingsReader) -> BaseURL? {
    guard Self.defaults.contains(where: { $0.name == name }) else {
      let url = settings.optionalURL("url")
      // A bad URL is reported by the reading itself; a missing one here.
      if url == nil, !settings.isSet("url") { settings.problem("url", found: "nothing", allowed: "the base URL of the service") }
      return url
    }
    return BaseURL("\(endpoint.scheme.rawValue)://\(endpoint.authority)").map { settings.url("url", default: $0) }
  }
}

extension IdentityRule {
  /// A service credential is used in place of the caller's headers where there is one.
  fileprivate init(reading settings: SettingsReader, default base: IdentityRule) {
    let allowed: [String] = if case .forward(let names) = base { names } else { [] }
    let names = settings.strings(
      "forward_headers", default: allowed, each: "the name of a header field, not one that belongs to a connection",
      where: HeaderField.isForwardable
    ).map { $0.lowercased() }
    self = names.isEmpty ? .none : .forward(names)
    let signIn = SignInRule(reading: settings.scope("sign_in"))
    if let signIn { self = .signIn(signIn) }
    guard let credential = settings.secret("credential") else { return }
    if signIn != nil {
      settings.problem("credential", found: "a credential beside sign_in", allowed: "one of them")
    } else if let fields = HeaderField.list(credential.reveal()) {
      self = .credential(fields)
    } else {
      settings.problem("credential", found: "***", allowed: "header fields as `name: value`, with `;` or line ends between them")
    }
  }
}

extension SignInRule {
  /// `sign_in`; nil without a body.
  fileprivate init?(reading settings: SettingsReader) {
    let path = settings.path("path", default: "/api/v1/auth/login")
    let member = settings.string("token", default: "token")
    guard let body = settings.secret("body") else { return nil }
    self.init(path: path, body: body, member: member)
  }
}

extension TransportLimits {
  fileprivate init(reading settings: SettingsReader, default base: TransportLimits) {
    self = base
    connectTimeout = settings.timeAmount("connect_timeout", default: base.connectTimeout, in: .milliseconds(1) ... .seconds(60))
    maxConnections = settings.integer("max_connections", default: base.maxConnections, in: 1...10_000)
    maxIdle = maxConnections
    idleTimeout = settings.timeAmount("idle_timeout", default: base.idleTimeout, in: .milliseconds(100) ... .seconds(3600))
    maxBodyBytes = settings.bytes("max_body", default: base.maxBodyBytes, in: 1024...(255 << 20))
  }
}

extension HeaderField {
  /// `name: value` pairs with `;` or line ends between them, as a service credential is written in one variable.
  package static func list(_ text: String) -> [HeaderField]? {
    let lines = text.split { $0 == ";" || $0.isNewline }.filter { !$0.allSatisfy(\.isWhitespace) }
    let fields = lines.compactMap { line -> HeaderField? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let name = line[..<colon].filter { !$0.isWhitespace }.lowercased()
      let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
      guard isName(name), !value.isEmpty, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
      return HeaderField(name: name, value: String(value))
    }
    return fields.isEmpty || fields.count != lines.count ? nil : fields
  }

  /// Whether a field may be passed on: those that belong to one connection (RFC 9110 §7.6.1) and those that frame a message may not.
  static func isForwardable(_ text: String) -> Bool {
    isName(text) && !ofConnection.contains(text.lowercased())
  }

  private static let ofConnection: Set<String> = [
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "host", "content-length", "content-type", "expect",
  ]

  /// A token (RFC 9110 §5.6.2).
  static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
  }
}

extension SettingsReader {
  fileprivate func timeAmount(_ key: String, default fallback: TimeAmount, in range: ClosedRange<Duration>) -> TimeAmount {
    .nanoseconds(duration(key, default: .nanoseconds(fallback.nanoseconds), in: range).wholeNanoseconds)
  }
}

extension Duration {
  /// For durations within a few centuries; the settings allow hours.
  fileprivate var wholeNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }
}

extension Endpoint {
  fileprivate init(_ url: BaseURL) {
    self.init(scheme: url.scheme == "https" ? .https : .http, host: url.host, port: url.port)
  }
}
