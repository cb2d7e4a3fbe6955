package import NIOCore
package import Resilience

/// Finds out who calls.
package protocol Authenticating: Sendable {
  /// Who was proved by the same credential a moment ago: without verifying it again, and without waiting. Must be called on `eventLoop`.
  func remembered(_ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop) -> Principal?

  /// Who it is. Stays on `eventLoop`, on which it must be called.
  func authenticate(
    _ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop
  ) async throws(AuthenticationFailure) -> Principal
}
