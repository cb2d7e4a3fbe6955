import Clients
import NIOCore
import NIOSSL
import Settings

/// TLS of a listener: `server.tls`, `admin.tls`.
package struct ServerTLS: Sendable, Equatable {
  /// Whether a client has to show a certificate that the authorities have signed.
  package enum ClientAuthentication: String, Sendable, CaseIterable {
    case none
    /// One that is shown must be good.
    case optional
    case required
  }

  package enum Version: String, Sendable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"
  }

  /// PEM: the certificate, then those that lead to its authority.
  package var certificateFile: String
  /// PEM.
  package var keyFile: String
  /// PEM: the authorities of clients.
  package var clientCAFile: String?
  package var clientAuthentication = ClientAuthentication.none
  package var minimumVersion = Version.tls12

  package init(certificateFile: String, keyFile: String) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }

  /// Nil where there is to be no TLS. Every file is read, and what is wrong with one is a problem.
  ///
  /// - Parameter settings: the scope `server.tls` or `admin.tls`.
  init?(reading settings: SettingsReader) {
    let certificateFile = settings.optionalString("certificate_file")
    let keyFile = settings.optionalString("key_file")
    let clientCAFile = settings.optionalString("client_ca_file")
    clientAuthentication = settings.choice("client_auth", default: .none)
    minimumVersion = settings.choice("minimum_version", default: .tls12)
    self.clientCAFile = clientCAFile
    let keys = ["certificate_file", "key_file", "client_ca_file", "client_auth", "minimum_version"]
    guard keys.contains(where: settings.isSet) else { return nil }
    guard let certificateFile, let keyFile else {
      for (key, file) in [("certificate_file", certificateFile), ("key_file", keyFile)] where file == nil {
        settings.problem(key, found: "nothing", allowed: "the path of a PEM file: TLS needs a certificate and its key")
      }
      return nil
    }
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    if clientAuthentication != .none, clientCAFile == nil {
      settings.problem("client_ca_file", found: "nothing", allowed: "the authorities of clients: client_auth needs them")
    }
    if clientAuthentication == .none, clientCAFile != nil {
      settings.problem(
        "client_auth", found: "none with a client_ca_file", allowed: "optional or required: nobody is asked otherwise")
    }
    do { _ = try context() } catch { settings.report(error) }
  }

  /// The files that it is made from.
  var files: [String] { [certificateFile, keyFile] + [clientCAFile].compactMap(\.self) }
}

extension ServerTLS {
  /// Reads the files, and makes what connections share.
  func context() throws(PEMFiles.Fault) -> NIOSSLContext {
    let chain = try PEMFiles.certificates("certificate_file", certificateFile)
    let key = try PEMFiles.privateKey("key_file", keyFile)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = minimumVersion == .tls12 ? .tlsv12 : .tlsv13
    configuration.applicationProtocols = ["h2", "http/1.1"]
    // After the last answer for the client's goodbye, as a plain connection lingers.
    configuration.shutdownTimeout = EdgeLimits().lingerTimeout
    if clientAuthentication != .none, let clientCAFile {
      configuration.trustRoots = .certificates(try PEMFiles.certificates("client_ca_file", clientCAFile))
      configuration.certificateVerification = clientAuthentication == .required ? .noHostnameVerification : .optionalVerification
    }
    do { return try NIOSSLContext(configuration: configuration) } catch {
      throw PEMFiles.Fault(
        "key_file", keyFile, "not the key of the first certificate in \(certificateFile)", allowed: "the key of certificate_file")
    }
  }

  /// What an operator should know of it although it is allowed.
  ///
  /// - Parameters:
  ///   - scope: the key of the block, such as `server.tls`.
  ///   - now: seconds since 1970, UTC.
  package func warning(_ scope: String, at now: Int) -> String? {
    let chain: [NIOSSLCertificate]
    do { chain = try PEMFiles.certificates("certificate_file", certificateFile) } catch { return nil }
    guard let end = chain.map({ Int($0.notValidAfter) }).min(), end <= now else { return nil }
    return "\(scope).certificate_file: a certificate in \(certificateFile) has expired (\(CommonFields.date(end)))"
  }
}
