import Aggregation
import Clients
import Hummingbird
import Identity
import NIOCore
import RawJSON
import Resilience

/// One line a request: what was asked, what it came to, and how each section fared. Never an identity, a query value or a body.
struct AccessLog: Sendable {
  let sink: LogSink
  let format: LineFormat
  /// Access lines are of level `info`; a log that begins above it has none.
  let isOn: Bool
  /// Named in lines of another listener than the public one.
  var listener: String?
  /// Nil: every line is written.
  var sampling: LogSampling?

  func write(_ request: Request, _ response: Response, _ context: GatewayContext) {
    let took = Duration.nanoseconds((NIODeadline.now() - context.received).nanoseconds)
    write(request, response, context, id: context.requestID, took: took)
  }

  /// What writes the line of the same answer, given again; nil where there are no lines.
  func line(
    _ request: Request, _ response: Response, _ context: GatewayContext
  ) -> (@Sendable (_ requestID: String, _ trace: TraceID, _ took: Duration) -> Void)? {
    guard isOn else { return nil }
    // Not with the request's own record, which holds the line.
    let record = RequestRecord()
    record.sections = context.record.sections
    record.principal = context.record.principal
    var again = context
    again.record = record
    again.trace = nil
    return { [again] id, trace, took in
      var again = again
      again.trace = RequestTrace(TraceContext(traceID: trace, isSampled: false))
      write(request, response, again, id: id, took: took)
    }
  }

  private func write(_ request: Request, _ response: Response, _ context: GatewayContext, id: String, took: Duration) {
    guard isOn else { return }
    if let sampling, !sampling.writes(status: Int(response.status.code), context.record.sections, took: took) { return }
    var context = context
    context.requestID = id
    // The route as registered, not the path as typed: bounded, and free of what a client puts into it.
    let route = context.endpointPath ?? (context.refusal == nil ? "NotFound" : "Refused")
    let line = format == .text ? text(request, response, context, route, took) : json(request, response, context, route, took)
    sink.write(line)
  }

  private func json(
    _ request: Request, _ response: Response, _ context: GatewayContext, _ route: String, _ took: Duration
  ) -> [UInt8] {
    var writer = JSONWriter(capacity: 640)
    writer.object { writer in
      writer.key("time")
      writer.string(Timestamp.now().rfc3339)
      writer.key("level")
      writer.string("info")
      writer.key("message")
      writer.string("Request")
      if let listener {
        writer.key("listener")
        writer.string(listener)
      }
      if context.isHTTP2 {
        writer.key("protocol")
        writer.string("HTTP/2")
      }
      writer.key("method")
      writer.string(request.method.rawValue)
      writer.key("route")
      writer.string(route)
      writer.key("status")
      writer.int(response.status.code)
      writer.key("duration_ms")
      writer.raw(took.millisecondsText.utf8)
      writer.key("bytes")
      writer.int(response.body.contentLength ?? 0)
      writer.key("request.id")
      writer.string(context.requestID)
      if let trace = context.trace {
        writer.key("trace.id")
        writer.string(trace.context.traceID.description)
      }
      if let principal = context.record.principal {
        writer.key("principal")
        writer.string(principal.description)
      }
      if let refusal = context.record.refusal {
        writer.key("refused")
        writer.string(refusal)
      }
      writeSections(context.record.sections, to: &writer)
    }
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  private func writeSections(_ sections: [SectionReport], to writer: inout JSONWriter) {
    guard !sections.isEmpty else { return }
    writer.key("sections")
    writer.object { writer in
      for section in sections {
        writer.key(named: section.place.section)
        writer.object { writer in
          writer.key("state")
          writer.string(section.state.rawValue)
          writer.key("status")
          writer.string(section.status.rawValue)
          if let failure = section.failure {
            writer.key("reason")
            writer.string(failure.reason.rawValue)
          }
          writer.key("duration_ms")
          writer.raw(section.took.millisecondsText.utf8)
        }
      }
    }
  }

  private func text(
    _ request: Request, _ response: Response, _ context: GatewayContext, _ route: String, _ took: Duration
  ) -> [UInt8] {
    var line = "\(Timestamp.now().rfc3339) \(request.method) \(route) \(response.status.code) \(took.millisecondsText) ms"
    line += " \(response.body.contentLength ?? 0) B"
    if context.isHTTP2 { line += " HTTP/2" }
    if let listener { line += " listener=\(listener)" }
    if let principal = context.record.principal { line += " principal=\(principal)" }
    if let refusal = context.record.refusal { line += " refused=\"\(refusal)\"" }
    for section in context.record.sections {
      line += " \(section.place.section)=\(section.failure?.reason.rawValue ?? section.state.rawValue)"
    }
    if let trace = context.trace { line += " trace=\(trace.context.traceID)" }
    return Array("\(line) id=\(context.requestID)\n".utf8)
  }
}
