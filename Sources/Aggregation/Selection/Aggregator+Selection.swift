import Clients
import EventLoops
package import NIOCore

/// Documents of which not all is wanted.
extension Aggregator {
  /// Must run on the request's loop.
  package func consolidated(_ request: DocumentRequest, _ view: DocumentView) async -> SelectedDocument {
    let sources = sources(of: consolidatedSources, for: view.fields, consolidatedFields)
    let outcomes = await fetched(sources, consolidatedTally, for: request, use: .splice)
    let reports = outcomes.map(SectionReport.init)
    let size = outcomes.reduce(0) { $0 + ($1.section?.body.readableBytes ?? 0) }
    if let refusal = refusal(outcomes, required: requirements.consolidated, request) {
      return SelectedDocument(
        document: Document(content: .refused(refusal), sections: reports), next: nil, hasChanged: false, size: 0)
    }
    await makeTables(of: outcomes, for: view, on: request.eventLoop)
    guard let pages = pages(of: outcomes, for: view) else {
      return SelectedDocument(
        document: Document(content: .pieces { DocumentBody([]) }, sections: reports), next: nil, hasChanged: true, size: 0)
    }
    let lists = pagedLists
    let document = Document(
      content: .pieces {
        DocumentBody(
          SelectedConsolidated(
            metadata: DocumentMetadata(outcomes: outcomes), view: view, pages: pages,
            cursors: pages.map { view.page?.cursor(behind: $0) },
            lists: lists
          ).pieces)
      }, sections: reports)
    return SelectedDocument(document: document, next: view.page?.cursor(behind: pages), hasChanged: false, size: size)
  }

  /// Must run on the request's loop.
  package func summary(_ request: DocumentRequest, _ view: DocumentView) async -> SelectedDocument {
    let sources = sources(of: summarySources, for: view.fields, .summary)
    let outcomes = await fetched(sources, summaryTally, for: request, use: .compute)
    let reports = outcomes.map(SectionReport.init)
    if let refusal = refusal(outcomes, required: requirements.summary, request) {
      return SelectedDocument(
        document: Document(content: .refused(refusal), sections: reports), next: nil, hasChanged: false, size: 0)
    }
    // Only where the bodies are read again there is much to do.
    let readsAgain = view.top > Leaders<Int>.usualPlaces
    let size = readsAgain ? outcomes.reduce(0) { $0 + ($1.section?.body.readableBytes ?? 0) } : 0
    let document = Document(
      content: .pieces { DocumentBody([SummaryDocument(metadata: DocumentMetadata(outcomes: outcomes), view: view).selected]) },
      sections: reports, shortfall: shortfall(outcomes, view))
    return SelectedDocument(document: document, next: nil, hasChanged: false, size: size)
  }

  /// Puts it together; off the loop, where that would hold it up. Must run on the loop.
  package func rendered(_ selected: SelectedDocument, on eventLoop: any EventLoop) async -> DocumentBody {
    guard case .pieces(let render) = selected.document.content else { return DocumentBody([]) }
    guard selected.size > SectionReader.offLoopSize else { return render() }
    // The future itself fails only when the pool has stopped: then nobody else is held up any more.
    do { return try await workers.run(for: eventLoop) { render() }.get() } catch { return render() }
  }

  private func sources(
    of all: [any SectionDelivery], for fields: FieldSelection?, _ catalogue: FieldCatalogue
  ) -> [any SectionDelivery] {
    guard let fields, let needs = catalogue.needs(of: fields) else { return all }
    return all.filter { needs.contains($0.place.section) }
  }

  /// A section that was not asked for cannot be required.
  private func refusal(_ outcomes: [SectionOutcome], required: Set<String>, _ request: DocumentRequest) -> DocumentRefusal? {
    DocumentRefusal(outcomes, required: required, isStrict: request.isStrict)
  }
}

// MARK: Pages

extension Aggregator {
  /// The lists that are given in pages, by section.
  package var pagedLists: [String: String] {
    Dictionary(definitions.compactMap { section in section.pagedList.map { (section.name, $0) } }) { first, _ in first }
  }

  /// The lists in the document's order that are selected, and so can be paged.
  package func pagedLists(in fields: FieldSelection?) -> [String] {
    definitions.compactMap(\.pagedList).filter { list in
      list.split(separator: ".").reduce(fields ?? .whole) { $0?.member(String($1)) } != nil
    }
  }

  /// The tables of lists that have none yet: of big ones off the loop.
  private func makeTables(of outcomes: [SectionOutcome], for view: DocumentView, on eventLoop: any EventLoop) async {
    for section in outcomes.compactMap({ listed($0, for: view)?.section }) where !section.isRowTableMade {
      guard section.body.readableBytes > SectionReader.offLoopSize else { continue }
      // Where the pool has stopped, it is made when it is needed.
      do { _ = try await workers.run(for: eventLoop) { section.rowTable.count }.get() } catch { return }
    }
  }

  /// One for each list that is there; nil where one of them has changed.
  private func pages(of outcomes: [SectionOutcome], for view: DocumentView) -> [ListPage]? {
    guard let request = view.page else { return [] }
    var pages: [ListPage] = []
    for (list, section) in outcomes.compactMap({ listed($0, for: view) }) {
      guard let page = ListPage(list, of: section.rowTable, from: request.position(of: list), limit: request.limit) else {
        return nil
      }
      pages.append(page)
    }
    return pages
  }

  private func listed(_ outcome: SectionOutcome, for view: DocumentView) -> (list: String, section: Section)? {
    guard let page = view.page, let section = outcome.section,
      let list = definitions.first(where: { $0.name == outcome.place.section })?.pagedList, page.lists.contains(list)
    else { return nil }
    return (list, section)
  }
}

extension PageRequest {
  func position(of list: String) -> ListPosition {
    lists.firstIndex(of: list).flatMap { positions.indices.contains($0) ? positions[$0] : nil } ?? .start
  }

  /// Where one list goes on; nil where it has ended.
  func cursor(behind page: ListPage) -> String? { page.hasMore ? sign([page.list], [page.next]) : nil }

  /// Where all of them go on; nil where they have ended. One that is missing at the moment goes on where it was.
  func cursor(behind pages: [ListPage]) -> String? {
    guard pages.contains(where: \.hasMore) else { return nil }
    return sign(lists, lists.map { list in pages.first { $0.list == list }?.next ?? position(of: list) })
  }
}
