import Redis

/// What the shared level has done since the start.
package struct SharedLevelStatistics: Sendable, Equatable {
  package var hits = 0
  /// Nothing was stored under the key.
  package var misses = 0
  /// Something was, and nothing allows its use any more.
  package var expired = 0
  /// Something was, and is not to be trusted.
  package var refusals: [Envelope.Refusal: Int] = [:]
  package var stored = 0
  /// Not stored: a newer lease had stored another.
  package var superseded = 0
  /// Not sent: too large, expired already, too much on its way, or no connection.
  package var dropped = 0
  package var leasesHeld = 0
  package var leasesTaken = 0
  /// Commands without a reply, by ``RedisError/word``.
  package var failures: [String: Int] = [:]

  package init() {}
}
