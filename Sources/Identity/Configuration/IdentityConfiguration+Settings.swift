import Clients
package import Settings

extension IdentityConfiguration {
  /// `authentication`.
  package init(reading settings: SettingsReader) {
    let settings = settings.scope("authentication")
    let words = Mode.allCases.map(\.rawValue)
    let modes = settings.strings(
      "modes", default: [Mode.none.rawValue], each: "one of \(words.joined(separator: ", "))", where: words.contains)
    if modes.isEmpty { settings.problem("modes", found: "no mode", allowed: "at least one of \(words.joined(separator: ", "))") }
    self.modes = modes.isEmpty ? [.none] : Set(modes.compactMap(Mode.init(rawValue:)))
    remember = settings.duration("remember", default: remember, in: .zero ... .seconds(60))
    tokens = TokenConfiguration(reading: settings.scope("jwt"))
    apiKeyFile = settings.optionalString("api_keys.file")
    if self.modes.contains(.jwt), tokens.keys.isEmpty, tokens.remote == nil, settings.scope("jwt").names(under: "keys").isEmpty {
      settings.problem("jwt.keys", found: "no key", allowed: "at least one, or a jwks_url")
    }
    if let apiKeyFile {
      do throws(APIKeyFile.Fault) { _ = try APIKeyFile(path: apiKeyFile).read() } catch {
        if error != .missing {
          settings.problem("api_keys.file", found: "a file that \(error.reason)", allowed: "a file that tributary keys writes")
        }
      }
    } else if self.modes.contains(.apiKey) {
      settings.problem("api_keys.file", found: "nothing", allowed: "the path of a file that tributary keys writes")
    }
  }

  /// What is allowed, and still worth a thought.
  package var warnings: [String] {
    guard modes.contains(.jwt) else { return [] }
    var warnings: [String] = []
    if tokens.issuer == nil { warnings.append("authentication.jwt.issuer is not set: a token counts whoever issued it") }
    if tokens.audiences.isEmpty {
      warnings.append("authentication.jwt.audience is not set: a token for another service counts here")
    }
    if !tokens.requiresExpiry { warnings.append("authentication.jwt.require_expiry is off: a token may be good for ever") }
    if let url = tokens.remote?.url, url.scheme == "http", !["localhost", "127.0.0.1", "::1"].contains(url.host) {
      warnings.append("authentication.jwt.jwks_url is not https: who is on the way can put in keys")
    }
    return warnings
  }
}

extension TokenConfiguration {
  /// `authentication.jwt`.
  fileprivate init(reading settings: SettingsReader) {
    let text = "1 to 256 visible characters"
    func isText(_ text: String) -> Bool { text.isVisible(atMost: 256) }
    func optional(_ key: String) -> String? {
      settings.value(key, default: String?.none, shown: "none", allowed: text, parse: { isText($0) ? .some($0) : nil })
    }
    issuer = optional("issuer")
    audiences = settings.strings("audience", default: [], each: text, where: isText)
    requiresExpiry = settings.flag("require_expiry", default: requiresExpiry)
    leeway = settings.duration("leeway", default: leeway, in: .zero ... .seconds(60))
    maxToken = settings.bytes("max_token", default: maxToken, in: 256...(16 << 10))
    subjectClaim = settings.value(
      "subject_claim", default: subjectClaim, shown: subjectClaim, allowed: text, parse: { isText($0) ? $0 : nil })
    roleClaim = settings.value(
      "role_claim", default: roleClaim, shown: roleClaim, allowed: text, parse: { isText($0) ? $0 : nil })
    userIDClaim = optional("user_id_claim")
    keys = KeyDefinition.all(reading: settings)
    let url = settings.optionalURL("jwks_url")
    let refresh = settings.duration("jwks_refresh", default: .seconds(300), in: .seconds(30) ... .seconds(86_400))
    let algorithms = SignatureAlgorithm.allCases.filter { $0.family == .rsa }
    let algorithm = settings.value(
      "jwks_algorithm", default: SignatureAlgorithm?.none, shown: "none",
      allowed: "one of \(algorithms.map(\.rawValue).joined(separator: ", "))",
      parse: { text in algorithms.first { $0.rawValue == text }.map { .some($0) } })
    let tls = UpstreamTLS(reading: settings.scope("jwks_tls"))
    guard let url else { return }
    var remote = RemoteKeysConfiguration(url: url)
    remote.tls = tls
    remote.refresh = refresh
    remote.rsaAlgorithm = algorithm
    self.remote = remote
  }
}
