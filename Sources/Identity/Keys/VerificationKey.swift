import Crypto
import JWTKit

/// A key that proves tokens, with its name and its one algorithm.
///
/// The algorithm comes out of a collection of jwt-kit that holds this key alone: which key, and whether the header's `alg` is its
/// own, is decided here, and never by what a token says. It is asked directly: no actor between a request and its signature.
struct VerificationKey: Sendable {
  /// Nil: the key is not named, and can only be the only one.
  let id: String?
  let algorithm: SignatureAlgorithm
  /// Of the key, its name and its algorithm: a key that is given out anew under an old name is another key.
  let fingerprint: CredentialDigest
  private let verifier: any JWTAlgorithm
  /// Of a signature, in bytes: each algorithm and key has exactly one length.
  private let signatureLength: Int

  init(id: String?, algorithm: SignatureAlgorithm, material: KeyMaterial) async throws(KeyFault) {
    let collection = JWTKeyCollection()
    let length: Int
    switch material {
    case .secret(let bytes):
      await collection.add(hmac: HMACKey(from: bytes), digestAlgorithm: algorithm.digest)
      length = algorithm.leastSecret
    case .rsa(let key, let modulusLength):
      if algorithm.isPSS {
        await collection.add(pss: key, digestAlgorithm: algorithm.digest)
      } else {
        await collection.add(rsa: key, digestAlgorithm: algorithm.digest)
      }
      length = modulusLength
    case .p256(let key):
      await collection.add(ecdsa: key)
      length = 64
    case .p384(let key):
      await collection.add(ecdsa: key)
      length = 96
    case .p521(let key):
      await collection.add(ecdsa: key)
      length = 132
    case .ed25519(let key):
      await collection.add(eddsa: key)
      length = 64
    }
    do { verifier = try await collection.getKey() } catch { throw KeyFault(reason: "not a key that can verify") }
    guard verifier.name == algorithm.rawValue, material.fits(algorithm) else {
      throw KeyFault(reason: "not a key for \(algorithm.rawValue)")
    }
    self.id = id
    self.algorithm = algorithm
    fingerprint = CredentialDigest(of: Array("\(algorithm.rawValue) \(id ?? "") ".utf8) + material.bytes)
    signatureLength = length
    // The first use of a key works out what all others need: not for the first caller to wait for.
    _ = verifies([UInt8](repeating: 1, count: length), of: [])
  }

  /// Whether `signature` is this key's over `bytes`.
  func verifies(_ signature: [UInt8], of bytes: ArraySlice<UInt8>) -> Bool {
    guard signature.count == signatureLength else { return false }
    // What cannot be decoded as a signature is none.
    do { return try verifier.verify(signature, signs: bytes) } catch { return false }
  }
}

extension SignatureAlgorithm {
  fileprivate var digest: DigestAlgorithm {
    switch self {
    case .hs256, .rs256, .ps256, .es256, .edDSA: .sha256
    case .hs384, .rs384, .ps384, .es384: .sha384
    case .hs512, .rs512, .ps512, .es512: .sha512
    }
  }

  fileprivate var isPSS: Bool { self == .ps256 || self == .ps384 || self == .ps512 }
}
