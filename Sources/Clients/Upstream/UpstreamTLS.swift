package import Settings

/// How an upstream is recognised, and what it is shown, where it is asked over `https`: `upstreams.<name>.tls`.
package struct UpstreamTLS: Sendable, Equatable {
  /// What this client shows: a chain, and the key of its first certificate.
  package struct Identity: Sendable, Equatable {
    package let certificateFile: String
    package let keyFile: String

    package init(certificateFile: String, keyFile: String) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  /// PEM: the authorities to trust in place of the system's.
  package var caFile: String?
  package var identity: Identity?
  /// Whom the certificate must name, and who is asked for in the handshake; nil for the host of the URL.
  package var serverName: String?
  /// Of the files when the configuration was read. A definition whose files have changed since is another one, so that reading the
  /// configuration again makes a new client.
  private var stamps: [FileStamp?] = []

  package init(caFile: String? = nil, identity: Identity? = nil, serverName: String? = nil) {
    self.caFile = caFile
    self.identity = identity
    self.serverName = serverName
    stamps = [caFile, identity?.certificateFile, identity?.keyFile].map { $0.flatMap(FileStamp.init(path:)) }
  }

  /// Nil where nothing is said. Every file is read, and what is wrong with one is a problem.
  ///
  /// - Parameter settings: the scope `upstreams.<name>.tls`, or another with the same keys.
  package init?(reading settings: SettingsReader) {
    let caFile = settings.optionalString("ca_file")
    let certificateFile = settings.optionalString("certificate_file")
    let keyFile = settings.optionalString("key_file")
    let serverName = settings.optionalString("server_name")
    if certificateFile != nil, keyFile == nil {
      settings.problem("key_file", found: "nothing", allowed: "the key of certificate_file")
    }
    if keyFile != nil, certificateFile == nil {
      settings.problem("certificate_file", found: "nothing", allowed: "the certificate of key_file")
    }
    var identity: Identity?
    if let certificateFile, let keyFile { identity = Identity(certificateFile: certificateFile, keyFile: keyFile) }
    if caFile == nil, identity == nil, serverName == nil { return nil }
    self.init(caFile: caFile, identity: identity, serverName: serverName)
    do { _ = try TransportSecurity.context(self) } catch let fault as PEMFiles.Fault {
      settings.report(fault)
    } catch {
      settings.problem("ca_file", found: "\(error)", allowed: "authorities that can be trusted")
    }
  }
}
