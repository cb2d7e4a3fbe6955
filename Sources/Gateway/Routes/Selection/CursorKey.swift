import Crypto
package import Settings

/// What cursors are signed with. Replicas that have the same one take each other's cursors.
package struct CursorKey: Sendable {
  let key: SymmetricKey

  /// The least characters of a configured one.
  package static let leastLength = 16

  /// - Parameter secret: `server.cursor_secret`; nil: one that this process draws when it first needs it, and keeps.
  package init(_ secret: Secret?) { key = secret.map { SymmetricKey(data: Array($0.reveal().utf8)) } ?? Self.ofProcess }

  private static let ofProcess = SymmetricKey(size: .bits256)
}
