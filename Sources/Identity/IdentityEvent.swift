/// What happens to keys, for the log. Nothing in it is secret, and nothing was sent by a client.
package enum IdentityEvent: Sendable, Equatable, CustomStringConvertible {
  /// An issuer's keys are in use.
  case keysFetched(count: Int, leftOut: Int)
  /// They could not be fetched, or made no sense; those from before stay in use.
  case keysNotFetched(reason: String)
  /// The API keys of the file are in use.
  case apiKeysRead(count: Int)
  /// The file cannot be read, or makes no sense; the keys from before stay in use. Once, until something changes.
  case apiKeysNotRead(reason: String)

  package var isTrouble: Bool {
    switch self {
    case .keysFetched, .apiKeysRead: false
    case .keysNotFetched, .apiKeysNotRead: true
    }
  }

  /// A constant text for the log line; ``detail`` is what varies.
  package var message: String {
    switch self {
    case .keysFetched: "The issuer's keys have been fetched"
    case .keysNotFetched: "The issuer's keys cannot be fetched"
    case .apiKeysRead: "The API keys have been read"
    case .apiKeysNotRead: "The API keys cannot be read"
    }
  }

  package var detail: String {
    switch self {
    case .keysFetched(let count, let leftOut): "\(count) in use, \(leftOut) left out"
    case .apiKeysRead(let count): "\(count) in use"
    case .keysNotFetched(let reason), .apiKeysNotRead(let reason): reason
    }
  }

  package var description: String { "\(message): \(detail)" }
}
