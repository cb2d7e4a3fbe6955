import Synchronization

/// Lets a bounded number of gateways run at once, so that tests that measure time are not starved by the others. First come,
/// first served.
final class Turnstile: Sendable {
  /// Places of the one for all tests of this process.
  static let all = 6
  static let machine = Turnstile(places: all)

  private struct State {
    var free: Int
    var waiting: [(places: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  let places: Int
  private let state: Mutex<State>

  init(places: Int) {
    self.places = places
    state = Mutex(State(free: places))
  }

  /// Does the work while it holds so many places; all of them means alone.
  func pass<Value>(taking wanted: Int, _ work: () async throws -> Value) async throws -> Value {
    let wanted = min(wanted, places)
    await withCheckedContinuation { continuation in
      state.withLock { $0.waiting.append((wanted, continuation)) }
      admit()
    }
    defer {
      state.withLock { $0.free += wanted }
      admit()
    }
    return try await work()
  }

  private func admit() {
    let admitted = state.withLock { state in
      var admitted: [CheckedContinuation<Void, Never>] = []
      while let next = state.waiting.first, next.places <= state.free {
        state.free -= next.places
        admitted.append(state.waiting.removeFirst().continuation)
      }
      return admitted
    }
    for continuation in admitted { continuation.resume() }
  }
}
