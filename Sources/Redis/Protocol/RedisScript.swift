/// A Lua script that the server runs as one step. In a cluster all its keys must live in one slot: the first one chooses.
package struct RedisScript: Sendable {
  package let source: String
  /// What the server knows it by.
  let digest: String

  /// Hashes the source: make it once.
  package init(_ source: String) {
    self.source = source
    digest = SHA1.hex(Array(source.utf8))
  }

  /// By its digest; answered with `NOSCRIPT` by a server that has not seen it since its start.
  func evaluateByDigest(_ keys: [[UInt8]], _ arguments: [RedisArgument]) -> RedisCommand {
    command("EVALSHA", .text(digest), keys, arguments)
  }

  /// With its source, which the server keeps.
  func evaluate(_ keys: [[UInt8]], _ arguments: [RedisArgument]) -> RedisCommand {
    command("EVAL", .text(source), keys, arguments)
  }

  private func command(
    _ name: RedisArgument, _ script: RedisArgument, _ keys: [[UInt8]], _ arguments: [RedisArgument]
  ) -> RedisCommand {
    let words = [name, script, .integer(Int64(keys.count))] + keys.map { .bytes($0) } + arguments
    return RedisCommand(words, key: keys.isEmpty ? nil : 3)
  }
}
