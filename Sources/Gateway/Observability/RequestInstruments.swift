import Aggregation
import Clients
import Hummingbird
import Metrics
import NIOCore
import Synchronization

/// What is counted of requests: how many by route, status and outcome, how long they took, and the sections in their answers.
///
/// Labels are routes as registered, statuses that the gateway itself chooses, and words: what a client sends makes no series. Those of
/// the ordinary course are there from the start, each at zero; the others are made when they first come.
final class RequestInstruments: Sendable {
  private struct Key: Hashable {
    let route: String
    let status: Int
    let outcome: RequestOutcome
  }

  private struct Meters: Sendable {
    let requests: Counter
    let duration: BucketedTimer

    func answered(after took: TimeAmount) {
      requests.increment()
      duration.record(nanoseconds: took.nanoseconds)
    }
  }

  private let meters = Mutex<[Key: Meters]>([:])
  private let metrics: any MetricsFactory

  /// - Parameters:
  ///   - documents: their paths.
  init(documents: [String], metrics: any MetricsFactory = MetricsSystem.factory) {
    self.metrics = metrics
    for route in documents {
      for (status, outcome) in [(200, RequestOutcome.complete), (200, .partial), (503, .unavailable), (504, .unavailable)] {
        _ = meters(Key(route: route, status: status, outcome: outcome))
      }
    }
  }

  func answered(_ response: Response, _ context: GatewayContext) {
    // Of what nobody was given only that it was asked for is counted.
    let hasLeft = Task.isCancelled
    let sections = hasLeft || context.record.isExplanation ? [] : context.record.sections
    let key = Self.key(response, context, sections, hasLeft: hasLeft)
    meters(key).answered(after: NIODeadline.now() - context.received)
    for section in sections { section.counted(isDocument: key.outcome != .unavailable) }
    // A document of complete sections has none.
    if key.outcome == .partial { context.record.shortfall?.counted() }
  }

  /// What counts the same answer, given again. Most are not: what it takes is found when the first one is.
  func again(_ response: Response, _ context: GatewayContext) -> @Sendable () -> ReplayTally.Instruments {
    { [self, record = context.record] in
      let meters = meters(Self.key(response, context, record.sections))
      return ReplayTally.Instruments(
        requests: meters.requests, duration: meters.duration, sections: AnswerTally(record.sections))
    }
  }

  private static func key(
    _ response: Response, _ context: GatewayContext, _ sections: [SectionReport], hasLeft: Bool = false
  ) -> Key {
    Key(
      route: context.endpointPath ?? (context.refusal == nil ? "NotFound" : "Refused"), status: response.status.code,
      outcome: hasLeft
        ? .left
        : RequestOutcome(
          status: response.status, isRefused: context.refusal != nil, sections: sections.lazy.map(\.state.isComplete)))
  }

  private func meters(_ key: Key) -> Meters {
    meters.withLock { meters in
      if let known = meters[key] { return known }
      let dimensions = [("route", key.route), ("outcome", key.outcome.rawValue)]
      let made = Meters(
        requests: Counter(
          label: "tributary_requests_total", dimensions: dimensions + [("status", String(key.status))], factory: metrics),
        duration: BucketedTimer(label: "tributary_request_duration_seconds", dimensions: dimensions, factory: metrics))
      meters[key] = made
      return made
    }
  }
}
