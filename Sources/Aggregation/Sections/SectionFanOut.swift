import Clients
import NIOCore

/// The sections of one document: asked for at once, waited for together. Belongs to the request's event loop.
final class SectionFanOut {
  private var fetches: [(any SectionFetch)?]
  private var outcomes: [SectionOutcome?]
  private var left: Int
  private let alarm = RequestAlarm()
  /// Nil until somebody waits, and when all is known.
  private var waiter: UnsafeContinuation<[SectionOutcome], Never>?

  /// Must run on the request's loop. The outcomes stand in the order of the sources. When the task is cancelled, so are the calls.
  static func fetch(_ sources: [any SectionDelivery], for request: DocumentRequest, use: SectionUse) async -> [SectionOutcome] {
    let fanOut = NIOLoopBound(SectionFanOut(count: sources.count), eventLoop: request.eventLoop)
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { fanOut.value.start(sources, for: request, use: use, $0) }
    } onCancel: {
      // Runs after the start, also for a task that was cancelled before it came here.
      request.eventLoop.execute { fanOut.value.cancel() }
    }
  }

  private init(count: Int) {
    fetches = Array(repeating: nil, count: count)
    outcomes = Array(repeating: nil, count: count)
    left = count
  }

  private func start(
    _ sources: [any SectionDelivery], for request: DocumentRequest, use: SectionUse,
    _ waiter: UnsafeContinuation<[SectionOutcome], Never>
  ) {
    self.waiter = waiter
    guard !sources.isEmpty else { return finish() }
    let request = request.with(alarm)
    for (position, source) in sources.enumerated() {
      request.timeline?.sectionBegan(source.place.section)
      fetches[position] = source.fetch(for: request, use: use) {
        request.timeline?.ended($0)
        self.arrived($0, at: position)
      }
    }
  }

  private func arrived(_ outcome: SectionOutcome, at position: Int) {
    outcomes[position] = outcome
    left -= 1
    if left == 0 { finish() }
  }

  private func finish() {
    alarm.cancel()
    waiter.take()?.resume(returning: outcomes.compactMap { $0 })
  }

  private func cancel() {
    for fetch in fetches { fetch?.cancel() }
  }
}

extension DocumentRequest {
  fileprivate func with(_ alarm: RequestAlarm) -> DocumentRequest {
    var request = self
    request.alarm = NIOLoopBound(alarm, eventLoop: eventLoop)
    return request
  }
}

extension RequestTimeline {
  fileprivate func ended(_ outcome: SectionOutcome) {
    if !tellsHits, outcome.cache?.course == .hit { return }
    sectionEnded(outcome.place.section, state: outcome.state.rawValue, failure: outcome.failure)
  }
}
