import Identity
import NIOCore
import Resilience

/// Takes every credential for that of an administrator: a rehearsal is about what is behind the door.
struct RehearsalAuthenticator: Authenticating {
  private static let administrator = Principal(
    proof: .token, subject: "rehearsal", role: .admin, userID: 1, digest: CredentialDigest(of: "rehearsal".utf8))

  func remembered(_ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop) -> Principal? { Self.administrator }

  func authenticate(
    _ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop
  ) async throws(AuthenticationFailure) -> Principal { Self.administrator }
}
