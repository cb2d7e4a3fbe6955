import NIOSSL
import TestSupport

@testable import Clients

extension TestCertificates {
  static func server(_ certificate: String, _ key: String) throws -> NIOSSLContext {
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { NIOSSLCertificateSource.certificate($0) }
    let key = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
    return try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
  }

  static func client() throws -> NIOSSLContext {
    try TransportSecurity.context(trustRoots: .certificates(NIOSSLCertificate.fromPEMBytes(Array(authority.utf8))))
  }
}
