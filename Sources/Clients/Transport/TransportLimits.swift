package import NIOCore

/// The bounds of one upstream's connections on one event loop.
package struct TransportLimits: Sendable, Equatable {
  /// Name resolution and TCP connect together, to however many addresses (see ``ConnectionRace``). A TLS handshake is bounded by
  /// the deadline of the exchange that waits for it.
  package var connectTimeout: TimeAmount = .milliseconds(250)
  /// Connections open or being opened, on each loop. Requests beyond it wait in line. At least 1.
  package var maxConnections = 64
  /// Connections kept while nobody needs them, on each loop.
  package var maxIdle = 64
  /// How long a connection is kept while nobody needs it.
  package var idleTimeout: TimeAmount = .seconds(30)
  /// Names and values of a response's header fields and trailers, in bytes.
  package var maxHeaderBytes = 64 * 1024
  /// A response's body, in bytes, as sent and as decoded.
  package var maxBodyBytes = 16 * 1024 * 1024

  package init() {}
}
