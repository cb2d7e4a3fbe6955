package import Resilience
import Synchronization

/// How often the configuration was read again, and what came of it.
package final class ReloadRecord: Sendable {
  package struct State: Sendable, Equatable {
    /// Since when the one in use is.
    var inUseSince: Timestamp
    var taken = 0
    var refused = 0
    /// Of the latest one that was refused; nil if it was followed by one that was not.
    var refusedAt: Timestamp?
  }

  private let state: Mutex<State>

  package init(at now: Timestamp = .now()) { state = Mutex(State(inUseSince: now)) }

  /// The configuration was read again, and is in use now or is not.
  package func ended(_ isInUse: Bool, at now: Timestamp = .now()) {
    state.withLock { state in
      if isInUse {
        state.taken += 1
        (state.inUseSince, state.refusedAt) = (now, nil)
      } else {
        state.refused += 1
        state.refusedAt = now
      }
    }
  }

  var current: State { state.withLock { $0 } }
}
