import NIOCore

/// What a connection that listens makes of what comes: a value, told what has happened, that answers with what to do about it.
///
/// After the handshake and `SUBSCRIBE` the server speaks unasked; a `PING` every few seconds finds out whether it still could.
struct RedisSubscriptionState: Equatable {
  enum Action: Equatable {
    case none
    /// Every channel is subscribed to: messages are not missed from now on.
    case live
    case deliver(channel: String, message: ByteBuffer)
    case close(RedisError)
  }

  enum Beat: Equatable {
    case ping
    /// The last one was not answered.
    case close(RedisError)
  }

  private let maxMessageBytes: Int
  /// Not confirmed yet.
  private var missing: Set<String>
  private var isLive = false
  private var awaitsPong = false

  init(channels: [String], maxMessageBytes: Int) {
    missing = Set(channels)
    self.maxMessageBytes = maxMessageBytes
  }

  mutating func received(_ reply: RedisReply) -> Action {
    switch reply {
    case .error(let error):
      return .close(error.error)
    case .array(let words):
      guard case .string(let kind)? = words.first else { return .close(.protocolViolation) }
      return received(String(buffer: kind), words)
    case .status, .string, .integer, .null:
      return .close(.protocolViolation)
    }
  }

  /// Time for a sign of life.
  mutating func beat() -> Beat {
    guard isLive, !awaitsPong else { return .close(.timeout) }
    awaitsPong = true
    return .ping
  }

  private mutating func received(_ kind: String, _ words: [RedisReply]) -> Action {
    switch (kind, words.count) {
    case ("message", 3):
      guard case .string(let channel) = words[1], case .string(let message) = words[2] else { break }
      guard message.readableBytes <= maxMessageBytes else { break }
      return .deliver(channel: String(buffer: channel), message: message)
    case ("subscribe", 3):
      guard case .string(let channel) = words[1], missing.remove(String(buffer: channel)) != nil else { break }
      guard missing.isEmpty else { return .none }
      isLive = true
      return .live
    case ("pong", 2) where awaitsPong:
      awaitsPong = false
      return .none
    default:
      break
    }
    return .close(.protocolViolation)
  }
}
