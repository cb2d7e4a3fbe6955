import Aggregation
import Clients
import HTTPTypes
import Hummingbird
import Identity
import NIOCore
import RawJSON
import Resilience

/// `GET /api/dashboard/consolidated` and `/summary`.
struct DashboardRoutes: Sendable {
  let aggregator: Aggregator
  let deadline: TimeAmount
  let access: AccessPolicy
  private let identity: CallerIdentity
  let vary: String
  let tenure: Tenure
  /// What cursors are signed with.
  let cursors: CursorKey
  let explains: Bool

  /// - Parameters:
  ///   - identityFields: the header fields that any upstream may be given, lower case.
  ///   - tenure: of the configuration that these routes are of.
  ///   - explains: see ``GatewayConfiguration/explains``.
  init(
    aggregator: Aggregator, deadline: TimeAmount, identityFields: [String], access: AccessPolicy, tenure: Tenure,
    cursors: CursorKey, explains: Bool
  ) {
    self.aggregator = aggregator
    self.cursors = cursors
    self.deadline = deadline
    self.access = access
    identity = CallerIdentity(identityFields)
    vary = VaryText.make(identityFields: identity.varying(access))
    self.tenure = tenure
    self.explains = explains
  }

  /// - Parameter loop: the request's.
  func consolidated(_ request: Request, _ context: GatewayContext, _ loop: LoopServing) async throws(Problem) -> Response {
    let query = QueryParameters(request.uri.query)
    if let parameters = try DocumentParameters(query, of: .consolidated, aggregator) {
      return try await selected(request, context, loop.selections, .consolidated, query, parameters)
    }
    return try await answer(request, context, loop.composites, .consolidated, query) { await aggregator.consolidated($0) }
  }

  /// - Parameter loop: the request's.
  func summary(_ request: Request, _ context: GatewayContext, _ loop: LoopServing) async throws(Problem) -> Response {
    let query = QueryParameters(request.uri.query)
    if let parameters = try DocumentParameters(query, of: .summary, aggregator) {
      return try await selected(request, context, loop.selections, .summary, query, parameters)
    }
    return try await answer(request, context, loop.composites, .summary, query) { await aggregator.summary($0) }
  }

  private func answer(
    _ request: Request, _ context: GatewayContext, _ composites: CompositeMemo<CompositeKey>, _ kind: DocumentKind,
    _ query: QueryParameters, _ document: (DocumentRequest) async -> Document
  ) async throws(Problem) -> Response {
    let preferences = Preferences(request.headers)
    let purgeCount = aggregator.purgeCount
    var context = context
    let isExplained = try isExplained(query, context)
    let asked = try await documentRequest(request, query, &context, preferences, isExplained: isExplained)
    let document = await document(asked)
    context.record.sections = document.sections
    if let shortfall = document.shortfall { context.record.shortfall = shortfall }
    if !document.isFromMemory { context.record.timeline = asked.timeline }
    if isExplained, let timeline = asked.timeline {
      return Self.explanation(of: document, document.rendered, timeline, request, &context)
    }
    var response = response(to: request, context, document, composites, kind, purgeCount: purgeCount)
    if !document.isFromMemory { asked.timeline?.add(TimelineEvent("answered")) }
    describe(document, preferences, in: &response)
    return response
  }

  /// What the fields of an answer say of how it came about.
  func describe(_ document: Document, _ preferences: Preferences, in response: inout Response) {
    response.headers[.vary] = vary
    response.headers[.serverTiming] = document.sections.serverTiming
    response.headers[.cacheStatus] = document.sections.cacheStatus
    response.headers[.proxyStatus] = document.sections.proxyStatus
    response.headers[.preferenceApplied] = preferences.applied
  }

  /// - Parameter context: knows which user it is afterwards, where it can be known.
  func documentRequest(
    _ request: Request, _ query: QueryParameters, _ context: inout GatewayContext, _ preferences: Preferences,
    isExplained: Bool = false
  ) async throws(Problem) -> DocumentRequest {
    let patience = preferences.wait.map { min(deadline, .seconds(Int64($0))) } ?? deadline
    let isHurried = patience < deadline
    let (until, id, loop) = (context.received + patience, context.requestID, context.eventLoop)
    let asked = try UserIDParameter.value(in: query)
    let timeline = RequestTimeline(context, until: until, isExplained: isExplained)
    do throws(Problem) {
      let known = try await access.known(
        context.principal,
        DocumentRequest(
          user: nil, identity: [], requestID: id, deadline: until, isHurried: isHurried, eventLoop: loop, timeline: timeline))
      if known?.userID != context.principal?.userID { context.caller = Caller(known, context.caller?.tenure) }
    } catch {
      (context.record.refusal, context.record.timeline) = ("user_lookup_unavailable", timeline)
      throw error
    }
    // Who may see how anybody's answer came to be need not be allowed to see the answer.
    let isOperator = isExplained && context.principal?.proof == .apiKey
    return DocumentRequest(
      user: isOperator ? asked : try access.user(askedFor: asked, context),
      identity: identity.fields(of: request, context, access), requestID: id,
      deadline: until, isHurried: isHurried, isStrict: preferences.isStrict, eventLoop: loop,
      timeline: timeline)
  }

  /// On which terms an answer may be given again; nil where it depends on more than the request's bytes: a proxy is believed for its
  /// address. Nor where who asks was found out by another configuration than this one.
  func terms(
    _ context: GatewayContext, remaining: Int64, purgeCount: Int, pieces: [ByteBuffer], tally: DocumentTally?
  ) -> ReplayTerms? {
    if access.believes(context.peer) || access.isOn && context.caller?.tenure !== tenure { return nil }
    let until = ReplayTerms.end(remaining: remaining, proofEnds: context.principal?.expires, at: .now())
    return ReplayTerms(
      until: until, holds: { [aggregator, tenure] in !tenure.isOver && aggregator.purgeCount == purgeCount }, pieces: pieces,
      tally: tally)
  }

  private func response(
    to request: Request, _ context: GatewayContext, _ document: Document, _ composites: CompositeMemo<CompositeKey>,
    _ kind: DocumentKind, purgeCount: Int
  ) -> Response {
    switch document.content {
    case .refused(let refusal): return Self.problem(refusal, request, context)
    case .pieces(let render):
      guard let validity = document.validity else {
        return Self.response(render().pieces, headers: Self.headersWithoutValidator(document))
      }
      let composite = composites.composite(CompositeKey(document, kind: kind), render)
      let representation = composites.representation(of: composite, in: AcceptEncoding(request.headers).preferred)
      let response = Self.response(representation, to: request, validity)
      if context.wantsReplay, document.isFromMemory {
        context.record.terms = terms(
          context, remaining: validity.remaining, purgeCount: purgeCount,
          pieces: response.status == .notModified ? [] : representation.pieces,
          tally: kind == .consolidated ? aggregator.consolidatedTally : aggregator.summaryTally)
      }
      return response
    }
  }

  /// A partial answer is cacheable by nobody; a complete one that has no validator must be asked for again.
  static func headersWithoutValidator(_ document: Document) -> HTTPFields {
    let control = document.isComplete ? "private, no-cache" : CacheControlText.partial
    return [.contentType: "application/json", .cacheControl: control]
  }

  /// A whole answer, or 304 to one who has it (RFC 9110 §13.1.2).
  static func response(
    _ representation: Representation, to request: Request, _ validity: (remaining: Int64, age: Int64)
  ) -> Response {
    var headers: HTTPFields = [
      .eTag: representation.tag.text,
      .cacheControl: CacheControlText.complete(remaining: validity.remaining),
      .age: String(CacheControlText.ageSeconds(milliseconds: validity.age)),
    ]
    if let known = IfNoneMatch(request.headers), known.matches(representation.tag) {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = "application/json"
    headers[.contentEncoding] = representation.coding.name
    return response(representation.pieces, headers: headers)
  }

  static func response(_ pieces: [ByteBuffer], headers: HTTPFields) -> Response {
    let body = pieces.count == 1 ? ResponseBody(byteBuffer: pieces[0]) : ResponseBody(contentsOf: pieces)
    return Response(status: .ok, headers: headers, body: body)
  }

  /// There is no document, only what is known of the sections.
  static func problem(_ refusal: DocumentRefusal, _ request: Request, _ context: GatewayContext) -> Response {
    let status: HTTPResponse.Status = refusal.isTimeout ? .gatewayTimeout : .serviceUnavailable
    var writer = JSONWriter(capacity: 1024)
    writer.object { writer in
      Problem.write(
        status: status, detail: refusal.reason.sentence, instance: request.uri.path, requestID: context.requestID, to: &writer)
      refusal.write(to: &writer)
    }
    return Problem.response(status: status, headers: [.retryAfter: "5"], body: writer)
  }
}

extension DocumentRefusal.Reason {
  fileprivate var sentence: String {
    switch self {
    case .nothingThere: "None of the services behind this document answered. Try again shortly."
    case .requiredMissing: "A section that this document must have is missing. Try again shortly."
    case .incomplete: "The document is not complete, and the request prefers none to a partial one. Try again shortly."
    }
  }
}
