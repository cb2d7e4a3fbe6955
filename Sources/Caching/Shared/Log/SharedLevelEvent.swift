package import Redis

/// What the shared level has to say to whoever runs it. Nothing of a key, a value, a tag or a password.
package enum SharedLevelEvent: Sendable, Equatable {
  case connection(RedisEvent)
  /// A command without a reply.
  case failed(RedisError)
  /// A value that was not to be trusted.
  case refused(Envelope.Refusal)
  /// A message about purges that was not to be trusted.
  case purgeRefused(PurgeMessage.Refusal)
}
