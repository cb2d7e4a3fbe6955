package import NIOCore

/// The commands that the section cache needs.
extension RedisCommand {
  package static func get(_ key: [UInt8]) -> RedisCommand { RedisCommand(["GET", .bytes(key)], key: 1) }

  /// - Parameters:
  ///   - milliseconds: how long the value lives; at least one.
  ///   - onlyIfAbsent: the reply is `null` where the key was there already.
  package static func set(
    _ key: [UInt8], _ value: ByteBuffer, milliseconds: Int64, onlyIfAbsent: Bool = false
  ) -> RedisCommand {
    let words: [RedisArgument] = ["SET", .bytes(key), .buffer(value), "PX", .integer(max(milliseconds, 1))]
    return RedisCommand(onlyIfAbsent ? words + ["NX"] : words, key: 1)
  }

  package static func increment(_ key: [UInt8]) -> RedisCommand { RedisCommand(["INCR", .bytes(key)], key: 1) }

  package static func delete(_ key: [UInt8]) -> RedisCommand { RedisCommand(["DEL", .bytes(key)], key: 1) }

  package static func publish(_ channel: String, _ message: ByteBuffer) -> RedisCommand {
    RedisCommand(["PUBLISH", .text(channel), .buffer(message)])
  }

  static let ping = RedisCommand(["PING"])
  static let asking = RedisCommand(["ASKING"])
  static let clusterSlots = RedisCommand(["CLUSTER", "SLOTS"])
}
