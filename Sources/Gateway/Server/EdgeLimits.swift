package import NIOCore

/// How much, and for how long, a client may ask of one connection. Times are for the whole of a thing, never from byte to byte.
package struct EdgeLimits: Sendable, Equatable {
  /// Bytes of method, target and version with the spaces between them; more is a 414.
  package var maxRequestLine = 8 * 1024
  /// Bytes of one field, name and value; more is a 431.
  package var maxHeader = 16 * 1024
  /// Bytes of all fields; more is a 431.
  package var maxHeaders = 32 * 1024
  /// More fields are a 431.
  package var maxHeaderFields = 100
  /// Bytes of a request body; more is a 413.
  package var maxBody = 64 * 1024

  /// From the opening of the connection, or from the first byte of a later request, to the end of its head.
  package var headTimeout = TimeAmount.seconds(10)
  /// From the end of the head to the end of the body.
  package var bodyTimeout = TimeAmount.seconds(30)
  /// From the first byte of an answer until the client's socket has taken the last; while a stream goes on, for each stop.
  package var writeTimeout = TimeAmount.seconds(30)
  /// Between an answer and the next request.
  package var idleTimeout = TimeAmount.seconds(60)
  /// After the last answer, for the client to read it: what it still sends is thrown away.
  package var lingerTimeout = TimeAmount.seconds(1)

  /// Of the whole process. Beyond it a connection is told 503; a tenth beyond it is closed at once.
  package var maxConnections = 20_000

  /// Requests under way on one connection of HTTP/2; more are refused.
  package var maxStreams = 100

  /// How often deadlines are looked at.
  package var tick = TimeAmount.milliseconds(50)

  package init() {}

  /// Bytes that wait unparsed behind requests that wait for their turn.
  static let maxHeld = 64 * 1024
}
