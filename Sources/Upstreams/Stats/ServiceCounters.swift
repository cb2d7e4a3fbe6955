import NIOHTTP1
import Synchronization

/// Counts what happens at one service, from all of its event loops.
final class ServiceCounters: Sendable {
  private struct Waiter {
    let condition: @Sendable (ServiceStats) -> Bool
    let continuation: CheckedContinuation<ServiceStats, any Error>
  }

  private struct State {
    var routes: [Int]
    var health = 0
    var statuses: [Int: Int] = [:]
    var connectionsAccepted = 0
    var connectionsOpen = 0
    var cancelled = 0
    var inFlight = 0
    var maxInFlight = 0
    var lastRequest = ServiceStats.LastRequest()
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
  }

  let labels: [String]
  private let service: Service
  private let state: Mutex<State>

  init(_ service: Service) {
    self.service = service
    labels = service.routes.map(\.label) + ["unmatched"]
    state = Mutex(State(routes: Array(repeating: 0, count: service.routes.count + 1)))
  }

  func connectionOpened() {
    record {
      $0.connectionsAccepted += 1
      $0.connectionsOpen += 1
    }
  }

  func connectionClosed() { record { $0.connectionsOpen -= 1 } }

  func requestArrived(_ request: Request, at destination: Service.Destination) {
    let last = ServiceStats.LastRequest(
      requestID: request.headers.first(name: "x-request-id"), traceparent: request.headers.first(name: "traceparent"),
      authorizationPresent: request.headers.contains(name: "authorization"))
    record { state in
      switch destination {
      case .route(let index, _):
        state.routes[index] += 1
        if service.routes[index].purpose == .health { state.health += 1 }
      case .nowhere: state.routes[service.routes.count] += 1
      }
      state.inFlight += 1
      state.maxInFlight = max(state.maxInFlight, state.inFlight)
      state.lastRequest = last
    }
  }

  func headWritten(status: Int) { record { $0.statuses[status, default: 0] += 1 } }

  func requestEnded(cancelled: Bool) {
    record { state in
      state.inFlight -= 1
      if cancelled { state.cancelled += 1 }
    }
  }

  /// Sets everything to 0 but what is true now: open connections and requests in flight.
  func reset() {
    record { state in
      var fresh = State(routes: Array(repeating: 0, count: state.routes.count))
      fresh.connectionsOpen = state.connectionsOpen
      fresh.inFlight = state.inFlight
      fresh.maxInFlight = state.inFlight
      fresh.waiters = state.waiters
      fresh.nextWaiter = state.nextWaiter
      state = fresh
    }
  }

  func snapshot() -> ServiceStats { state.withLock { stats($0) } }

  /// Returns as soon as the condition holds of the counters, at once if it does already.
  func first(where condition: @escaping @Sendable (ServiceStats) -> Bool) async throws -> ServiceStats {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        record { $0.waiters[id] = Waiter(condition: condition, continuation: continuation) }
        if Task.isCancelled { abandon(id) }
      }
    } onCancel: {
      abandon(id)
    }
  }

  private func abandon(_ id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
  }

  /// Makes the change, then wakes those whose condition now holds, outside of the lock.
  private func record(_ change: (inout State) -> Void) {
    let woken = state.withLock { state -> (ServiceStats, [Waiter])? in
      change(&state)
      guard !state.waiters.isEmpty else { return nil }
      let now = stats(state)
      let ready = state.waiters.filter { $0.value.condition(now) }
      for id in ready.keys { state.waiters.removeValue(forKey: id) }
      return (now, Array(ready.values))
    }
    guard let (now, ready) = woken else { return }
    for waiter in ready { waiter.continuation.resume(returning: now) }
  }

  private func stats(_ state: State) -> ServiceStats {
    ServiceStats(
      service: service.name, routes: Dictionary(zip(labels, state.routes), uniquingKeysWith: +),
      total: state.routes.reduce(0, +), health: state.health, statuses: state.statuses,
      connectionsAccepted: state.connectionsAccepted, connectionsOpen: state.connectionsOpen, cancelled: state.cancelled,
      inFlight: state.inFlight, maxInFlight: state.maxInFlight, lastRequest: state.lastRequest)
  }
}
