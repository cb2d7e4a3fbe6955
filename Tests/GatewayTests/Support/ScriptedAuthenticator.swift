import Identity
import NIOCore
import Resilience
import Synchronization

/// Lets in whom the test says. Never remembers, unless told to.
final class ScriptedAuthenticator: Authenticating {
  /// By the value of `Authorization` or of `X-API-Key`.
  typealias Script = @Sendable (String) -> Result<Principal, AuthenticationFailure>

  private struct Counts {
    var authenticated = 0
    var remembered = 0
    var memory: [String: Principal] = [:]
  }

  private let counts = Mutex(Counts())
  private let script: Script
  private let remembers: Bool

  init(remembers: Bool = false, _ script: @escaping Script = ScriptedAuthenticator.usual) {
    self.remembers = remembers
    self.script = script
  }

  /// How often a credential was verified, and found in memory.
  var authenticated: Int { counts.withLock { $0.authenticated } }
  var remembered: Int { counts.withLock { $0.remembered } }

  func remembered(_ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop) -> Principal? {
    counts.withLock { counts in
      let known = counts.memory[Self.text(credentials)]
      if known != nil { counts.remembered += 1 }
      return known
    }
  }

  func authenticate(
    _ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop
  ) async throws(AuthenticationFailure) -> Principal {
    counts.withLock { $0.authenticated += 1 }
    let principal = try script(Self.text(credentials)).get()
    if remembers { counts.withLock { $0.memory[Self.text(credentials)] = principal } }
    return principal
  }

  private static func text(_ credentials: Credentials) -> String { credentials.authorization ?? credentials.apiKey ?? "" }

  /// `Bearer admin`, `Bearer user-7`, `Bearer user` (of whom nobody knows which), the key `key-admin`, and what is wrong.
  static let usual: Script = { credential in
    let digest = CredentialDigest(of: credential.utf8)
    switch credential {
    case "Bearer admin":
      return .success(Principal(proof: .token, subject: "root@example.com", role: .admin, userID: 1, digest: digest))
    case "Bearer user": return .success(Principal(proof: .token, subject: "u@example.com", role: .user, digest: digest))
    case "Bearer two": return .success(Principal(proof: .token, subject: "two@example.com", role: .user, digest: digest))
    case "Bearer stranger": return .success(Principal(proof: .token, subject: "no@example.com", role: .user, digest: digest))
    case "Bearer expired": return .failure(.expired)
    case "Bearer unverifiable": return .failure(.keysUnavailable)
    case "key-admin": return .success(Principal(proof: .apiKey, subject: "job", role: .admin, digest: digest))
    case _ where credential.hasPrefix("Bearer user-"):
      guard let id = Int64(credential.dropFirst("Bearer user-".count)) else { return .failure(.invalid(reason: "signature")) }
      return .success(Principal(proof: .token, subject: "user-\(id)@example.com", role: .user, userID: id, digest: digest))
    default: return .failure(.invalid(reason: "signature"))
    }
  }
}
