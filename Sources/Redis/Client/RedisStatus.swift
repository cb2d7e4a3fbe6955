import Resilience

/// How it stands with Redis, seen from one event loop.
package struct RedisStatus: Sendable, Equatable {
  package enum Circuit: String, Sendable {
    case closed, open
    case halfOpen = "half_open"
  }

  /// Whether there is a connection that commands may use. Of a cluster: to one node at least.
  package var isConnected: Bool
  package var circuit: Circuit
  /// The latest failure of a connection or of a command; nil before the first.
  package var lastError: RedisError?
  /// Commands that wait for replies.
  package var outstanding: Int
}

/// What has happened to a connection, for the log and the metrics. Told on the connection's event loop.
package enum RedisEvent: Sendable, Equatable {
  case connected(RedisEndpoint)
  /// It could not be made, or was lost.
  case disconnected(RedisError)
}

extension RedisStatus.Circuit {
  init(_ state: CircuitBreaker.State) {
    switch state {
    case .closed: self = .closed
    case .open: self = .open
    case .halfOpen: self = .halfOpen
    }
  }
}
