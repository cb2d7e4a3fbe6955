import Crypto
import JWTKit

/// Why something is no key for us, in words of our own.
package struct KeyFault: Error, Equatable {
  package let reason: String
}

/// A key itself, read and found good.
enum KeyMaterial: Sendable {
  case secret([UInt8])
  /// `modulusLength` in bytes.
  case rsa(JWTKit.Insecure.RSA.PublicKey, modulusLength: Int)
  case p256(ES256PublicKey)
  case p384(ES384PublicKey)
  case p521(ES512PublicKey)
  case ed25519(EdDSA.PublicKey)

  /// Bits of an RSA modulus. Below, it can be factored (RFC 7518 §3.3); above, verifying one signature takes milliseconds.
  private static let moduli = 2048...8192

  /// A shared secret. Its length is all that can be judged of it (RFC 8725 §3.5).
  init(secret: [UInt8], for algorithm: SignatureAlgorithm) throws(KeyFault) {
    guard algorithm.family == .secret else { throw KeyFault(reason: "a secret for \(algorithm.rawValue)") }
    guard secret.count >= algorithm.leastSecret else {
      throw KeyFault(reason: "a secret of fewer than \(algorithm.leastSecret) bytes")
    }
    self = .secret(secret)
  }

  /// A public key in PEM, bare (RFC 7468 §13) or in a certificate, which is not verified: whoever writes the file is trusted.
  init(pem: String, for algorithm: SignatureAlgorithm) throws(KeyFault) {
    guard !pem.contains("PRIVATE KEY") else { throw KeyFault(reason: "a private key, and only the public one is needed") }
    let isCertificate = pem.contains("-----BEGIN CERTIFICATE-----")
    let fault = KeyFault(reason: "no PEM of a public key for \(algorithm.rawValue)")
    do {
      switch algorithm {
      case .hs256, .hs384, .hs512: throw fault
      case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
        let key =
          isCertificate ? try JWTKit.Insecure.RSA.PublicKey(certificatePEM: pem) : try JWTKit.Insecure.RSA.PublicKey(pem: pem)
        self = try Self.measured(key)
      case .es256: self = .p256(isCertificate ? try ES256PublicKey(certificate: pem) : try ES256PublicKey(pem: pem))
      case .es384: self = .p384(isCertificate ? try ES384PublicKey(certificate: pem) : try ES384PublicKey(pem: pem))
      case .es512: self = .p521(isCertificate ? try ES512PublicKey(certificate: pem) : try ES512PublicKey(pem: pem))
      case .edDSA: self = .ed25519(try EdDSA.PublicKey(pem: pem))
      }
    } catch let fault as KeyFault {
      throw fault
    } catch CryptoKitError.incorrectParameterSize where algorithm.family == .rsa {
      throw KeyFault(reason: "an RSA key of fewer than \(Self.moduli.lowerBound) bits")
    } catch {
      throw fault
    }
  }

  /// An RSA key within the bounds.
  static func measured(_ key: JWTKit.Insecure.RSA.PublicKey) throws(KeyFault) -> KeyMaterial {
    let modulus: [UInt8]
    do { modulus = Array(try key.getKeyPrimitives().modulus) } catch { throw KeyFault(reason: "an RSA key without a modulus") }
    let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
    guard moduli.contains(bits) else {
      throw KeyFault(reason: "an RSA key of \(bits) bits, not \(moduli.lowerBound) to \(moduli.upperBound)")
    }
    return .rsa(key, modulusLength: modulus.count)
  }

  func fits(_ algorithm: SignatureAlgorithm) -> Bool {
    switch self {
    case .secret: algorithm.family == .secret
    case .rsa: algorithm.family == .rsa
    case .p256: algorithm == .es256
    case .p384: algorithm == .es384
    case .p521: algorithm == .es512
    case .ed25519: algorithm == .edDSA
    }
  }

  /// The same for the same key.
  var bytes: [UInt8] {
    switch self {
    case .secret(let bytes): bytes
    case .rsa(let key, _): Array(key.derRepresentation)
    case .p256(let key): Array(key.pemRepresentation.utf8)
    case .p384(let key): Array(key.pemRepresentation.utf8)
    case .p521(let key): Array(key.pemRepresentation.utf8)
    case .ed25519(let key): Array(key.rawRepresentation)
    }
  }
}
