package import NIOCore
import Resilience
import Synchronization

/// Asks a service's light health path, however many clients want to know at most once a second, and one at a time.
///
/// Evidence from real traffic counts as much as a probe: a service that answered a moment ago is not asked again.
package final class HealthProber: Sendable {
  /// A probe that has not ended by then says `timeout`.
  package static let limit = TimeAmount.seconds(2)
  /// Evidence this young needs no probe.
  package static let validity: Int64 = 1000

  private let client: UpstreamClient
  private let state = Mutex(State())

  private struct State {
    var isProbing = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  package init(client: UpstreamClient) { self.client = client }

  /// The service's health, from evidence of the last second or from a probe. Takes 2 s at most. Must run on `eventLoop`.
  package func check(on eventLoop: any EventLoop) async -> HealthRecord {
    let now = Timestamp.now()
    if let newest = client.health.current.newest, newest.at.milliseconds > now.milliseconds - Self.validity {
      return client.health.current
    }
    if becomesLeader() {
      // The probe is nobody's own: it goes on for the others when the one who asked first has left.
      client.probe(on: eventLoop, until: .now() + Self.limit) {
        for waiter in self.endProbe() { waiter.resume() }
      }
    }
    await joinProbe()
    return client.health.current
  }

  /// Probes if nothing has been seen of the service for so many milliseconds, and waits for nothing. Must be called on `eventLoop`.
  package func keepFresh(within validity: Int64, on eventLoop: any EventLoop) {
    if let newest = client.health.current.newest, newest.at.milliseconds > Timestamp.now().milliseconds - validity { return }
    guard becomesLeader() else { return }
    client.probe(on: eventLoop, until: .now() + Self.limit) {
      for waiter in self.endProbe() { waiter.resume() }
    }
  }

  private func becomesLeader() -> Bool {
    state.withLock { state in
      guard !state.isProbing else { return false }
      state.isProbing = true
      return true
    }
  }

  private func endProbe() -> [CheckedContinuation<Void, Never>] {
    state.withLock { state in
      defer { state.waiters = [] }
      state.isProbing = false
      return state.waiters
    }
  }

  private func joinProbe() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.isProbing { state.waiters.append(continuation) }
        return !state.isProbing
      }
      if isOver { continuation.resume() }
    }
  }
}
