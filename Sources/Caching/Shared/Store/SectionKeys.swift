/// What belongs to one section in Redis. All in one slot of a cluster: the digest in its braces is the part that is hashed
/// (Redis Cluster specification, "Hash tags").
struct SectionKeys {
  /// A ``FencedValue``.
  let value: [UInt8]
  /// The token of whoever refreshes the section now.
  let lease: [UInt8]
  /// The newest token, for as long as anybody may come with an older one.
  let fence: [UInt8]

  init(_ key: CacheKey, section: String, prefix: String) {
    let text = key.redisKey(prefix: prefix, section: section)
    value = Array(text.utf8)
    lease = Array("\(text):lease".utf8)
    fence = Array("\(text):fence".utf8)
  }

  /// The value's alone.
  static func value(_ key: CacheKey, section: String, prefix: String) -> [UInt8] {
    Array(key.redisKey(prefix: prefix, section: section).utf8)
  }
}
