import Aggregation
import Clients
import HTTPTypes
import Hummingbird
import Identity
import NIOCore

/// Documents of which not all is wanted. They have a memo of their own: whoever asks for many different ones pushes out nothing but others
/// like them.
extension DashboardRoutes {
  /// Longer ones are put together, or found, each time: as many different ones as can be asked for in a second must not fill the memory.
  private static let longestReplay = 16 * 1024

  /// - Parameter memo: of the request's loop.
  func selected(
    _ request: Request, _ context: GatewayContext, _ memo: CompositeMemo<SelectionKey>, _ kind: DocumentKind,
    _ query: QueryParameters, _ parameters: DocumentParameters
  ) async throws(Problem) -> Response {
    let preferences = Preferences(request.headers)
    let purgeCount = aggregator.purgeCount
    var context = context
    let isExplained = try isExplained(query, context)
    var asked = try await documentRequest(request, query, &context, preferences, isExplained: isExplained)
    asked.filters = parameters.filters
    let scope: CursorScope? = parameters.paging == nil ? nil : self.scope(of: asked, context)
    let view = DocumentView(
      fields: parameters.fields, top: parameters.top ?? DocumentView().top, page: try page(parameters.paging, scope))
    let selected = kind == .consolidated ? await aggregator.consolidated(asked, view) : await aggregator.summary(asked, view)
    context.record.sections = selected.document.sections
    if let shortfall = selected.document.shortfall { context.record.shortfall = shortfall }
    if !selected.document.isFromMemory { context.record.timeline = asked.timeline }
    if selected.hasChanged { throw .changed(first: PageLinks.value(path: request.uri.path, query, next: nil)) }
    if isExplained, let timeline = asked.timeline {
      let body = await aggregator.rendered(selected, on: context.eventLoop)
      return Self.explanation(of: selected.document, body, timeline, request, &context)
    }
    let key = SelectionKey(selected.document, view, kind: kind, scope: scope?.adding(view.page?.lists ?? []))
    var response = await response(to: request, context, selected, key, memo, kind, purgeCount: purgeCount)
    if view.page != nil, response.status == .ok || response.status == .notModified {
      response.headers[.pageLink] = PageLinks.value(path: request.uri.path, query, next: selected.next)
    }
    if !selected.document.isFromMemory { asked.timeline?.add(TimelineEvent("answered")) }
    describe(selected.document, preferences, in: &response)
    return response
  }

  private func response(
    to request: Request, _ context: GatewayContext, _ selected: SelectedDocument, _ key: SelectionKey,
    _ memo: CompositeMemo<SelectionKey>, _ kind: DocumentKind, purgeCount: Int
  ) async -> Response {
    let document = selected.document
    if case .refused(let refusal) = document.content { return Self.problem(refusal, request, context) }
    guard let validity = document.validity else {
      return Self.response(
        await aggregator.rendered(selected, on: context.eventLoop).pieces, headers: Self.headersWithoutValidator(document))
    }
    let composite: Composite
    if let known = memo.find(key) {
      composite = known
    } else {
      composite = Composite(await aggregator.rendered(selected, on: context.eventLoop))
      memo.keep(composite, for: key)
    }
    let representation = memo.representation(of: composite, in: AcceptEncoding(request.headers).preferred)
    let response = Self.response(representation, to: request, validity)
    if context.wantsReplay, document.isFromMemory, representation.length <= Self.longestReplay {
      context.record.terms = terms(
        context, remaining: validity.remaining, purgeCount: purgeCount,
        pieces: response.status == .notModified ? [] : representation.pieces, tally: tally(of: document, kind))
    }
    return response
  }

  /// Where the same answer, given again, is counted: nowhere if some sections were not asked for.
  private func tally(of document: Document, _ kind: DocumentKind) -> DocumentTally? {
    let tally = kind == .consolidated ? aggregator.consolidatedTally : aggregator.summaryTally
    return document.sections.count == tally.sections.count ? tally : nil
  }

  private func page(_ paging: DocumentParameters.Paging?, _ scope: CursorScope?) throws(Problem) -> PageRequest? {
    guard let paging, let scope else { return nil }
    var positions: [ListPosition] = []
    if let text = paging.cursor {
      guard let cursor = PageCursor(text, lists: paging.lists.count, scope: scope.adding(paging.lists), key: cursors) else {
        throw .badRequest("cursor is none that was given for this question to this caller. Start again without it.")
      }
      positions = cursor.positions
    }
    return PageRequest(lists: paging.lists, limit: paging.limit, positions: positions) { [cursors] lists, positions in
      PageCursor(positions).text(scope: scope.adding(lists), key: cursors)
    }
  }

  /// Whose data it is that a page is of, and who asks: as far as it was proved, or else what services are told.
  private func scope(of asked: DocumentRequest, _ context: GatewayContext) -> CursorScope {
    let whose = ["user", asked.user.map { String($0) } ?? "", "filters"] + asked.filters.flatMap { [$0.parameter, $0.text] }
    guard access.isOn else {
      return CursorScope(whose + ["identity"] + asked.identity.flatMap { [$0.name, $0.value] } + ["lists"])
    }
    let principal = context.principal.map { ["\($0.proof)", $0.subject, $0.role.rawValue, $0.userID.map { String($0) } ?? ""] }
    return CursorScope(whose + ["principal"] + (principal ?? []) + ["lists"])
  }
}

extension Problem {
  /// - Parameter first: `Link` to the first page.
  static func changed(first: String) -> Problem {
    Problem(
      status: .gone, detail: "The list has changed since the page before this one. Start again without the cursor.",
      headers: [.pageLink: first])
  }
}
