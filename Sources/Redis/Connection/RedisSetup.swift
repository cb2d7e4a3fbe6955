import NIOCore
import NIOSSL

/// What the connections to the nodes of one Redis have in common.
struct RedisSetup: Sendable {
  var handshake = RedisHandshake()
  /// Nil: no TLS.
  var tls: NIOSSLContext?
  /// Whom the certificate must name; nil: the host that is connected to.
  var serverName: String?
  /// TCP, TLS and the handshake together.
  var connectTimeout = TimeAmount.milliseconds(500)
  /// Of a command that says nothing else.
  var commandTimeout = TimeAmount.milliseconds(25)
  /// A server that answers nothing from one look to the next seems to hang. A fifth of the deadline: some lose all of it, and those
  /// who come after them nothing.
  var watchPause: TimeAmount { .nanoseconds(max(commandTimeout.nanoseconds / 5, 1_000_000)) }
  /// Commands that wait for replies on one connection.
  var maxOutstanding = 1024
  /// Of those commands together; one alone may be larger.
  var maxOutstandingBytes = 64 * 1024 * 1024
  var replyLimits = RedisReplyLimits()
}

/// TLS for `rediss://`: TLS 1.2 or later, the server's chain and name verified.
enum RedisSecurity {
  /// Reads the trust store: once at the start.
  ///
  /// - Parameter caFile: the PEM file of the authorities to trust, in place of the system's.
  static func context(caFile: String?) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.certificateVerification = .fullVerification
    if let caFile { configuration.trustRoots = .file(caFile) }
    return try NIOSSLContext(configuration: configuration)
  }
}
