package import NIOSSL
package import Settings

/// Certificates and keys from PEM files (RFC 7468), and what is wrong with them in words for whoever wrote the configuration.
package enum PEMFiles {
  /// What keeps a file from being used.
  package struct Fault: Error, Equatable {
    /// The last part of the key that names the file, such as `certificate_file`.
    package let key: String
    /// A phrase with the path in it, and nothing of what the file holds.
    package let found: String
    package let allowed: String

    package init(_ key: String, _ path: String, _ reason: String, allowed: String) {
      self.key = key
      found = "\"\(path)\" (\(reason))"
      self.allowed = allowed
    }
  }

  /// The largest file that is read, in bytes: a bundle of authorities has a few hundred kilobytes.
  private static let limit = 4 * 1024 * 1024

  /// The certificates of a file, in its order; never none.
  package static func certificates(_ key: String, _ path: String) throws(Fault) -> [NIOSSLCertificate] {
    let allowed = "a PEM file of certificates"
    let bytes = try bytes(key, path, allowed)
    do {
      let certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
      if !certificates.isEmpty { return certificates }
    } catch {
      // Said below: what the library finds wrong with the text helps nobody.
    }
    throw Fault(key, path, "no certificate in PEM in it", allowed: allowed)
  }

  package static func privateKey(_ key: String, _ path: String) throws(Fault) -> NIOSSLPrivateKey {
    let allowed = "a PEM file of a private key without a passphrase"
    let bytes = try bytes(key, path, allowed)
    do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch {
      throw Fault(key, path, "no such private key in PEM in it", allowed: allowed)
    }
  }

  private static func bytes(_ key: String, _ path: String, _ allowed: String) throws(Fault) -> [UInt8] {
    do { return try FileBytes.read(path: path, limit: limit) } catch { throw Fault(key, path, error.reason, allowed: allowed) }
  }
}

extension SettingsReader {
  /// Reports the file at its key.
  package func report(_ fault: PEMFiles.Fault) {
    problem(fault.key, found: fault.found, allowed: fault.allowed)
  }
}
