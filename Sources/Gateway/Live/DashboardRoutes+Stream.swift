import Aggregation
import HTTPTypes
import Hummingbird
import Identity
import NIOCore
import Resilience

/// `GET /api/dashboard/stream`: the sections of `/consolidated` as they come, and then whatever changes (docs/stream.md).
extension DashboardRoutes {
  /// - Parameters:
  ///   - loop: of the request's loop.
  ///   - counts: of the listener.
  func stream(
    _ request: Request, _ context: GatewayContext, _ loop: LoopServing, _ counts: EventStreamCounts
  ) async throws(Problem) -> Response {
    let configuration = loop.serving.stream
    guard let place = EventStreamPlace(of: counts, limit: configuration.maxStreams) else { throw .tooManyStreams }
    var context = context
    var document = try await documentRequest(request, QueryParameters(request.uri.query), &context, Preferences(request.headers))
    // It would grow for as long as the stream lives.
    document.timeline = nil
    let known = request.headers[.lastEventID].flatMap { LastEventID($0) }?.known ?? []
    let live = NIOLoopBound(loop.live, eventLoop: context.eventLoop)
    var rules = rules(configuration, proofEnds: context.principal?.expires)
    if access.isOn { rules.isLetIn = isLetIn(request, context) }
    var response = Response.events(
      EventStreamPlan(rules, place: place) { [document] in Self.begin($0, live.value, document, known) }, for: context)
    response.headers[.vary] = vary
    return response
  }

  private func rules(_ configuration: StreamConfiguration, proofEnds: Timestamp?) -> EventStreamRules {
    var rules = EventStreamRules()
    rules.heartbeat = TimeAmount(configuration.heartbeat)
    rules.maxAge = TimeAmount(configuration.maxAge)
    rules.maxBacklog = configuration.maxBacklog
    rules.proofEnds = proofEnds
    rules.isOver = { [tenure] in tenure.isOver }
    return rules
  }

  /// Whether the same credential would be let in now as the same one: a key that is taken back ends its streams too.
  private func isLetIn(_ request: Request, _ context: GatewayContext) -> @Sendable () async -> Bool {
    var later = context
    // Not with the request's own record, which holds the stream.
    later.record = RequestRecord()
    return { [access, later] in
      do throws(AuthenticationFailure) {
        let principal = try await access.principal(of: request, later)
        return principal?.subject == later.principal?.subject && principal?.role == later.principal?.role
      } catch {
        // Nobody can tell: it is no proof that it does not hold.
        return error == .keysUnavailable
      }
    }
  }

  private static func begin(
    _ stream: EventStream, _ live: LiveServing, _ request: DocumentRequest, _ known: [SectionVersion?]
  ) {
    // Those in between see a first byte at once, however long the sections take.
    stream.send(hello, isOwed: true)
    let listening = live.listen(request, knowing: known) { tidings, listening in
      let id = LastEventID(listening.known).line
      switch tidings {
      case .section(let event, let isFirst): stream.send(event, id: id, isOwed: isFirst)
      case .document(let metadata):
        stream.send(
          EventBytes(ServerSentEvent(name: "document", data: [ByteBuffer(bytes: metadata)])), id: id, isOwed: true)
      }
    }
    stream.whenClosed { listening.cancel() }
  }

  /// How long a client waits before it comes back, in milliseconds.
  private static let hello = EventBytes(ServerSentEvent(retry: 2000))
}

extension Problem {
  static let tooManyStreams = Problem(
    status: .serviceUnavailable, detail: "As many streams are open as there may be. Try again shortly.",
    headers: [.retryAfter: "5"])
}
