import Redis
package import Settings

/// How the section cache uses Redis; how Redis is reached is in ``RedisConfiguration``.
package struct SharedLevelConfiguration: Sendable, Equatable {
  /// What all keys and channels of this deployment begin with.
  package var prefix = "tributary:"
  /// How long one replica may take to refresh a section before another may try; what a dead holder costs.
  package var lease = Duration.seconds(2)
  /// Larger bodies stay with the replica that has them, in bytes: on the way they would hold up every command behind them.
  package var maxBody = 1 << 20
  /// Encrypts the values (``EnvelopeCodec``). Nil: they are stored as they are.
  ///
  /// From `TRIBUTARY_CACHE_ENCRYPTION_KEYS`, or the file that `TRIBUTARY_CACHE_ENCRYPTION_KEYS_FILE` names: `id:base64` entries
  /// with commas or line ends between them, each key 32 bytes (`openssl rand -base64 32`). The first encrypts, all decrypt: a new
  /// one goes in front, and the old one out when what it has encrypted has expired. The same in all replicas.
  package var keyRing: KeyRing?
  /// Values on their way to Redis, on each event loop: so many, and so many bytes. What is beyond is not stored.
  package var maxPuts = 256
  package var maxPutBytes = 16 << 20

  package init() {}
}

extension SharedLevelConfiguration {
  /// `cache.redis` and `cache.encryption_keys`.
  package init(reading settings: SettingsReader) {
    let cache = settings.scope("cache")
    let redis = cache.scope("redis")
    prefix = redis.value(
      "prefix", default: prefix, shown: prefix, allowed: "1 to 64 visible ASCII characters, no braces",
      parse: { Self.isPrefix($0) ? $0 : nil })
    lease = redis.duration("lease", default: lease, in: .milliseconds(100) ... .seconds(30))
    maxBody = redis.bytes("max_body", default: maxBody, in: 1024...Envelope.maxBody)
    guard let secret = cache.secret("encryption_keys") else { return }
    do throws(KeyRing.Problem) {
      keyRing = try KeyRing(secret.reveal())
    } catch {
      cache.problem("encryption_keys", found: error.description, allowed: "id:base64 entries with commas, the newest first")
    }
  }

  /// Braces would be the tag that a cluster hashes.
  private static func isPrefix(_ text: String) -> Bool {
    1...64 ~= text.utf8.count
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") }
  }
}
