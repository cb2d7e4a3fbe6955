/// Why a command has no reply. A closed list; the cache treats all of them as a miss.
package enum RedisError: Error, Sendable, Hashable {
  /// No connection, the connection was lost before the reply, or the breaker is open.
  case unavailable
  /// The deadline of the command came first. Its connection is closed.
  case timeout
  /// The server wants another password or user, or one at all.
  case authentication
  /// A replica was asked to write.
  case readOnly
  /// The server has no memory left, and evicts nothing.
  case outOfMemory
  /// The key lives on another node of the cluster, and that one sent on too.
  case moved(RedisRedirection)
  /// Any other error reply: its word in capitals.
  case serverError(code: String)
  /// What the server sent was not RESP, was beyond the limits, or answered nothing that was asked.
  case protocolViolation
  /// More commands wait for replies than the connection may have, or the command is too large. Nothing was sent.
  case overloaded
  /// The caller has cancelled it.
  case cancelled
  case shutDown

  /// One word for each case: a closed list, fit for a metric's label.
  package var word: String {
    switch self {
    case .unavailable: "unavailable"
    case .timeout: "timeout"
    case .authentication: "authentication"
    case .readOnly: "read_only"
    case .outOfMemory: "out_of_memory"
    case .moved: "moved"
    case .serverError: "server_error"
    case .protocolViolation: "protocol_violation"
    case .overloaded: "overloaded"
    case .cancelled: "cancelled"
    case .shutDown: "shut_down"
    }
  }
}

package typealias RedisOutcome = Result<RedisReply, RedisError>
