package import NIOSSL

/// TLS for `https` upstreams: TLS 1.2 or later, the peer's chain and name verified (RFC 9110 §4.3.4).
package enum TransportSecurity {
  /// Makes what connections to `https` endpoints share. Reads the trust store: once at the start, not for each loop.
  package static func context(trustRoots: NIOSSLTrustRoots = .default) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.certificateVerification = .fullVerification
    configuration.trustRoots = trustRoots
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }
}
