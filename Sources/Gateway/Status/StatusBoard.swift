import Aggregation
import Clients
import NIOCore
import Resilience
import Synchronization

/// Knows how this process is: looks at every service once a second, which costs some microseconds, and tells whoever looks.
///
/// What is told is made once a second for all who look, and not at all while nobody does. Then, too, a service of which nothing has been
/// seen for a while is probed.
final class StatusBoard: Sendable {
  private let version: String
  private let serving: CurrentServing
  private let sources: StatusSources
  private let history: RequestHistory
  private let connections: EdgeConnections
  private let loop: any EventLoop
  private let startedAt = Timestamp.now()
  private let state = Mutex(State())
  let viewers = StatusViewers()

  private struct State {
    var latencies: [String: LatencyHistory] = [:]
    var task: RepeatedTask?
  }

  private static let period = TimeAmount.seconds(1)
  /// Milliseconds: what is known of a service is no older while somebody looks.
  private static let validity: Int64 = 5000
  private static let partialLimit = 20

  /// - Parameters:
  ///   - connections: of the public.
  ///   - loop: where it looks; one of those of `serving`.
  init(
    version: String, serving: CurrentServing, sources: StatusSources, history: RequestHistory, connections: EdgeConnections,
    loop: any EventLoop
  ) {
    self.version = version
    self.serving = serving
    self.sources = sources
    self.history = history
    self.connections = connections
    self.loop = loop
  }

  /// Looks from now on, until ``end()``.
  func begin() {
    let task = loop.scheduleRepeatedTask(initialDelay: Self.period, delay: Self.period) { _ in self.tick() }
    state.withLock { $0.task = task }
  }

  func end() { state.withLock { $0.task.take() }?.cancel() }

  private func tick() {
    let serving = serving.on(loop).serving
    let newest = serving.upstreams.map { ($0.definition.name, $0.health.current.newest) }
    state.withLock { state in
      // What is not configured any more is forgotten.
      state.latencies = newest.reduce(into: [:]) { latencies, service in
        var history = state.latencies[service.0] ?? LatencyHistory()
        history.sampled(service.1)
        latencies[service.0] = history
      }
    }
    guard viewers.areThere else { return }
    serving.health.keepFresh(within: Self.validity, on: loop)
    viewers.tell(snapshot(on: loop).json)
  }

  /// As it is now, with what each loop has counted for itself until now.
  ///
  /// - Parameter eventLoop: the caller's.
  func settledSnapshot(on eventLoop: any EventLoop) async -> StatusSnapshot {
    await connections.settle()
    return snapshot(on: eventLoop)
  }

  /// Must be called on `eventLoop`, one of those of the process. Answers that were given again within the last second may not be counted.
  func snapshot(on eventLoop: any EventLoop) -> StatusSnapshot {
    let serving = serving.on(eventLoop).serving
    let latencies = state.withLock { $0.latencies }
    return StatusSnapshot(
      at: .now(), startedAt: startedAt, version: version, isDraining: connections.drain.isDraining,
      reloads: sources.reloads.current,
      replicas: sources.replicas(), redis: sources.redis(eventLoop), memory: serving.cache.flatMap { _ in sources.memory() },
      services: serving.upstreams.map { client in
        let name = client.definition.name
        return StatusSnapshot.Service(
          name: name, label: client.definition.label, health: client.health.current, circuit: client.circuit,
          inFlight: client.inFlight, queued: client.queued, latencies: latencies[name]?.samples ?? [])
      },
      sections: Self.sections(serving),
      partial: partialAnswers)
  }

  /// Those for which a service failed: that something is being refreshed is no news.
  private var partialAnswers: [PartialAnswer] {
    let failed = history.recentPartial(limit: .max).filter { answer in answer.gaps.contains { $0.reason != nil } }
    return Array(failed.prefix(Self.partialLimit))
  }

  /// A document that was given again gave each of its sections from memory.
  private static func sections(_ serving: Serving) -> [StatusSnapshot.Section] {
    let (consolidated, summary) = serving.tallies
    return consolidated.sections.map { tally in
      var counts = tally.counts
      counts.memory += consolidated.givenAgain
      if summary.sections.contains(where: { $0 === tally }) { counts.memory += summary.givenAgain }
      return StatusSnapshot.Section(
        name: tally.place.section, upstream: tally.place.upstream, counts: counts, last: tally.last)
    }
  }
}
