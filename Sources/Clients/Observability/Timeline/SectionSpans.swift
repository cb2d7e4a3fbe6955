import NIOCore
import Synchronization
package import Tracing

/// The spans of one request's sections, between the request's own and those of the calls.
final class SectionSpans: Sendable {
  private let tracer: any Tracer
  private let parent: ServiceContext
  private let open = Mutex<[String: (span: any Span, began: NIODeadline)]>([:])

  init(_ tracer: any Tracer, below parent: ServiceContext) {
    self.tracer = tracer
    self.parent = parent
  }

  func began(_ section: String) {
    let span = tracer.startSpan("section \(section)", context: parent, ofKind: .internal)
    open.withLock { $0[section] = (span, .now()) }
  }

  /// The request's own where the section has no span any more: what goes on in the background still belongs to the trace.
  func context(of section: String) -> ServiceContext { open.withLock { $0[section]?.span }?.context ?? parent }

  func ended(
    _ section: String, state: String, failure: CallFailure?, _ entries: [RequestTimeline.Entry], at now: NIODeadline
  ) {
    guard let (span, began) = open.withLock({ $0.removeValue(forKey: section) }) else { return }
    let clock = TimelineClock(now)
    span.tell(section, state: state, error: failure?.reason.rawValue, entries, clock)
    for look in CacheLook.all(in: entries, from: began, to: now) { look.tell(tracer, below: span.context, clock) }
    span.end()
  }
}

extension Span {
  /// - Parameter entries: of the section.
  fileprivate func tell(
    _ section: String, state: String?, error: String?, _ entries: [RequestTimeline.Entry], _ clock: TimelineClock
  ) {
    updateAttributes {
      $0["tributary.section"] = section
      if let state { $0["tributary.section.state"] = state }
      if let error { $0["error.type"] = error }
    }
    if error != nil { setStatus(SpanStatus(code: .error)) }
    for entry in entries where !entry.event.hasSpan {
      addEvent(
        SpanEvent(
          name: entry.event.word.description, at: clock.instant(entry.at),
          attributes: entry.event.text.map { ["tributary.detail": .string($0)] } ?? [:]))
    }
  }
}

// MARK: Afterwards

extension RequestTimeline {
  /// Makes the spans of sections and tries that were not made while they ran: the request was not to be recorded, and then went wrong.
  package func tell(_ tracer: any Tracer, below parent: ServiceContext) {
    let clock = TimelineClock(.now())
    let sections = Dictionary(grouping: record.entries.filter { !$0.section.isEmpty }, by: \.section)
    for (section, entries) in sections {
      guard let first = entries.first, let last = entries.last else { continue }
      let span = tracer.startSpan("section \(section)", context: parent, ofKind: .internal, at: clock.instant(first.at))
      let end = entries.last { $0.event.end != nil }?.event.end
      span.tell(section, state: end?.state, error: end?.reason?.rawValue, entries, clock)
      for look in CacheLook.all(in: entries, from: first.at, to: last.at) { look.tell(tracer, below: span.context, clock) }
      tell(tracer, below: span.context, entries, clock)
      span.end(at: clock.instant(last.at))
    }
  }

  private func tell(_ tracer: any Tracer, below parent: ServiceContext, _ entries: [Entry], _ clock: TimelineClock) {
    var begun: [(attempt: AttemptDetail, span: any Span)] = []
    for entry in entries {
      guard case .attempt(let attempt) = entry.event.detail else { continue }
      if !attempt.isOver {
        let span = tracer.startSpan("attempt", context: parent, ofKind: .client, at: clock.instant(entry.at))
        span.attributes["tributary.attempt.kind"] = attempt.kind.rawValue
        begun.append((attempt, span))
      } else if let place = begun.firstIndex(where: { $0.attempt.kind == attempt.kind && $0.attempt.endpoint == attempt.endpoint }
      ) {
        let span = begun.remove(at: place).span
        span.updateAttributes {
          if let status = attempt.status { $0["http.response.status_code"] = status }
          if let reason = attempt.reason { $0["error.type"] = attempt.status.map { String($0) } ?? reason.rawValue }
        }
        if let reason = attempt.reason, reason != .cancelled { span.setStatus(SpanStatus(code: .error)) }
        span.end(at: clock.instant(entry.at))
      }
    }
    // Still under way, as far as is known.
    for (_, span) in begun { span.end() }
  }
}
