import Settings

extension KeyDefinition {
  /// Of a PEM file, in bytes; a certificate has one or two thousand.
  private static let fileLimit = 65_536

  /// `authentication.jwt.keys`: those that are good.
  static func all(reading settings: SettingsReader) -> [KeyDefinition] {
    var taken: Set<String> = []
    return settings.names(under: "keys").compactMap { name in
      let key = KeyDefinition(reading: settings.scope("keys", name), name: name)
      guard let key else { return nil }
      guard taken.insert(key.id).inserted else {
        settings.problem("keys.\(name).kid", found: "the kid of another key", allowed: "a kid that no other key has")
        return nil
      }
      return key
    }
  }

  /// `authentication.jwt.keys.<name>`. Nil where it is no key, which is reported.
  private init?(reading settings: SettingsReader, name: String) {
    let words = SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
    let algorithm = settings.value(
      "algorithm", default: SignatureAlgorithm?.none, shown: "none", allowed: "one of \(words)",
      parse: { SignatureAlgorithm(rawValue: $0).map { .some($0) } })
    let id = settings.value(
      "kid", default: name, shown: "the name of the key", allowed: "1 to \(TokenHeader.longestKeyID) visible characters",
      parse: { $0.isVisible(atMost: TokenHeader.longestKeyID) ? $0 : nil })
    let secret = settings.secret("secret")
    let encoding = settings.choice("secret_encoding", default: SecretEncoding.text)
    let file = settings.optionalString("file")
    guard let algorithm else {
      if !settings.isSet("algorithm") { settings.problem("algorithm", found: "nothing", allowed: "one of \(words)") }
      return nil
    }
    let isSecret = algorithm.family == .secret
    if isSecret ? file != nil : secret != nil {
      settings.problem(
        isSecret ? "file" : "secret", found: "\(isSecret ? "a file" : "a secret") for \(algorithm.rawValue)",
        allowed: isSecret ? "a secret" : "the path of a PEM file, as file")
      return nil
    }
    let source = isSecret ? Self.source(secret, encoding, settings) : Self.source(file, settings)
    guard let source else { return nil }
    self.init(id: id, algorithm: algorithm, source: source)
    do throws(KeyFault) { _ = try material() } catch {
      settings.problem(
        isSecret ? "secret" : "file", found: error.reason,
        allowed: isSecret
          ? "a secret of at least \(algorithm.leastSecret) bytes" : "the PEM file of a public key, RSA of 2048 to 8192 bits")
      return nil
    }
  }

  private static func source(_ secret: Secret?, _ encoding: SecretEncoding, _ settings: SettingsReader) -> Source? {
    if let secret { return .secret(secret, encoding) }
    // A bad one is reported by the reading itself.
    if !settings.isSet("secret"), !settings.isSet("secret_file") {
      settings.problem("secret", found: "nothing", allowed: "a secret, from the environment or from a file")
    }
    return nil
  }

  private static func source(_ file: String?, _ settings: SettingsReader) -> Source? {
    guard let file, !file.isEmpty else {
      settings.problem("file", found: "nothing", allowed: "the path of a PEM file")
      return nil
    }
    do throws(FileBytes.Unreadable) {
      return .pem(String(decoding: try FileBytes.read(path: file, limit: fileLimit), as: UTF8.self))
    } catch {
      settings.problem("file", found: "a file that cannot be read (\(error.reason))", allowed: "the path of a PEM file")
      return nil
    }
  }
}
