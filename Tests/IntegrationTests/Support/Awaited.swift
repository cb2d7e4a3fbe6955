import Synchronization

/// A value that changes, and on whose changes a test can wait.
final class Awaited<Value: Sendable>: Sendable {
  private struct Waiter {
    let condition: @Sendable (Value) -> Bool
    let continuation: CheckedContinuation<Value, any Error>
  }

  private struct State {
    var value: Value
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
  }

  private let state: Mutex<State>

  init(_ value: Value) { state = Mutex(State(value: value)) }

  var value: Value { state.withLock { $0.value } }

  func change(_ change: (inout Value) -> Void) {
    let (now, ready) = state.withLock { state in
      change(&state.value)
      return (state.value, Self.takeReady(&state))
    }
    for waiter in ready { waiter.continuation.resume(returning: now) }
  }

  /// The first value of which the condition holds; at once if it does. Throws `CancellationError` only.
  func first(where condition: @escaping @Sendable (Value) -> Bool) async throws -> Value {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock { $0.waiters[id] = Waiter(condition: condition, continuation: continuation) }
        change { _ in }
        if Task.isCancelled { abandon(id) }
      }
    } onCancel: {
      abandon(id)
    }
  }

  private func abandon(_ id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
  }

  private static func takeReady(_ state: inout State) -> [Waiter] {
    let value = state.value
    let ready = state.waiters.filter { $0.value.condition(value) }
    for id in ready.keys { state.waiters.removeValue(forKey: id) }
    return Array(ready.values)
  }
}
