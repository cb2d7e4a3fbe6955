package import NIOSSL

/// TLS for `https` upstreams: TLS 1.2 or later, the peer's chain and name verified (RFC 9110 §4.3.4).
package enum TransportSecurity {
  /// Makes what connections to `https` endpoints share. Reads the trust store: once at the start, not for each loop.
  package static func context(trustRoots: NIOSSLTrustRoots = .default) throws -> NIOSSLContext {
    try NIOSSLContext(configuration: configuration(trustRoots))
  }

  /// The same, as one upstream wants it.
  ///
  /// - Throws: `PEMFiles.Fault` for a file that cannot be used.
  package static func context(_ tls: UpstreamTLS) throws -> NIOSSLContext {
    var configuration = configuration(.default)
    if let file = tls.caFile { configuration.trustRoots = .certificates(try PEMFiles.certificates("ca_file", file)) }
    if let identity = tls.identity {
      let chain = try PEMFiles.certificates("certificate_file", identity.certificateFile)
      configuration.certificateChain = chain.map { .certificate($0) }
      configuration.privateKey = .privateKey(try PEMFiles.privateKey("key_file", identity.keyFile))
    }
    do { return try NIOSSLContext(configuration: configuration) } catch {
      throw PEMFiles.Fault(
        "key_file", tls.identity?.keyFile ?? "", "not the key of the certificate", allowed: "the key of certificate_file")
    }
  }

  private static func configuration(_ trustRoots: NIOSSLTrustRoots) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.certificateVerification = .fullVerification
    configuration.trustRoots = trustRoots
    configuration.applicationProtocols = ["http/1.1"]
    return configuration
  }
}
