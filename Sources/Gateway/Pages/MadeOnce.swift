import Synchronization

/// Something that takes milliseconds to make: made off the event loops when it is first asked for, and kept. Whoever asks meanwhile waits for
/// the same one, and no request beside is held up.
final class MadeOnce<Value: Sendable>: Sendable {
  private let make: @Sendable () -> Value
  /// Owned by this object, and awaited by all who ask.
  private let making = Mutex<Task<Value, Never>?>(nil)

  init(_ make: @escaping @Sendable () -> Value) { self.make = make }

  var value: Value {
    get async {
      await making.withLock { making in
        if let making { return making }
        // Detached: a task of a request's would run on its loop.
        let begun = Task.detached { [make] in make() }
        making = begun
        return begun
      }.value
    }
  }
}
