package import NIOCore

/// What Redis answers to one command (RESP 2).
package enum RedisReply: Sendable, Equatable {
  /// Such as `OK`.
  case status(String)
  case string(ByteBuffer)
  case integer(Int64)
  /// No such key, or a condition that did not hold.
  case null
  case error(RedisErrorReply)
  case array([RedisReply])
}

/// How much of a reply is taken from a server before its connection is closed.
struct RedisReplyLimits: Sendable, Equatable {
  /// Of one string. What is announced counts, before it comes.
  var maxStringBytes = 32 * 1024 * 1024
  /// Of one reply, all its strings, lengths and line ends.
  var maxReplyBytes = 33 * 1024 * 1024
  /// Of a status or an error.
  var maxLineBytes = 8 * 1024
  /// Of one array. What is announced counts.
  var maxElements = 4096
  /// Of all arrays of one reply together. A cluster of 1,000 nodes tells its slots in 20,000.
  var maxTotalElements = 65_536
  /// Arrays in arrays; hiredis itself has room for one more.
  static let maxDepth = 7
}
