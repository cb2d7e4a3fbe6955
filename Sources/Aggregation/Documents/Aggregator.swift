package import Clients
package import EventLoops
package import NIOCore
import RawJSON
package import Resilience

/// Asks for all sections of a document at once and puts together what came.
package struct Aggregator: Sendable {
  let consolidatedSources: [any SectionDelivery]
  let summarySources: [any SectionDelivery]
  let requirements: DocumentRequirements
  private let cache: SectionCaching?
  private let derived = DerivedInstruments()
  /// Nil where no section `users` is asked for with a credential of its service's own.
  package let userLookup: UserLookup?
  /// In the order of `/consolidated`.
  package let definitions: [SectionDefinition]
  /// What can be selected from `/consolidated`.
  package let consolidatedFields: FieldCatalogue
  let workers: WorkerPool
  /// How `/consolidated`, and how `/summary` came by their sections.
  package let consolidatedTally: DocumentTally
  package let summaryTally: DocumentTally

  /// - Parameters:
  ///   - sections: in the order of `/consolidated`; each names an upstream of `clients`.
  ///   - clients: by name.
  ///   - requirements: the sections that a document must have.
  ///   - cache: what sections are kept in; nil asks the upstreams for every document.
  ///   - workers: for bodies that are too big to be parsed on a loop.
  ///   - clock: what says how old a section is.
  package init(
    sections: [SectionDefinition], clients: [String: UpstreamClient],
    requirements: DocumentRequirements = DocumentRequirements(), cache: SectionCaching? = nil, workers: WorkerPool,
    clock: WallClock = .system, on group: any EventLoopGroup
  ) async throws {
    let reader = SectionReader(scanners: try await LoopLocal(group) { _ in JSONScanner() }, workers: workers, clock: clock)
    let sources: [any SectionDelivery] = sections.compactMap { section in
      clients[section.upstream].map { client in
        let source = SectionSource(section, client: client, reader: reader)
        return cache?.delivery(of: source, section, client.definition) ?? source
      }
    }
    consolidatedSources = sources
    definitions = sections
    consolidatedFields = .consolidated(sections)
    self.workers = workers
    self.requirements = requirements
    self.cache = cache
    let users = sections.first { $0.name == "users" }.flatMap { section in
      clients[section.upstream]?.definition.identity.isOfService == true
        ? sources.first { $0.place.section == section.name } : nil
    }
    userLookup = users.map { UserLookup($0) }
    summarySources = consolidatedSources.filter { SummaryDocument.sections.contains($0.place.section) }
    let tallies = sources.map { SectionTally($0.place) }
    consolidatedTally = DocumentTally(tallies)
    summaryTally = DocumentTally(tallies.filter { SummaryDocument.sections.contains($0.place.section) })
  }

  /// How often something was purged from the cache: a document that was made while it was another number may no longer hold.
  package var purgeCount: Int { cache?.purgeCount ?? 0 }

  /// Whether the summary is computed from the section of that name.
  package static func isInSummary(_ section: String) -> Bool { SummaryDocument.sections.contains(section) }

  /// Must run on the request's loop.
  package func consolidated(_ request: DocumentRequest) async -> Document {
    await document(from: consolidatedSources, consolidatedTally, for: request, use: .splice, required: requirements.consolidated)
    {
      ConsolidatedDocument(metadata: $0).body
    }
  }

  /// Must run on the request's loop.
  package func summary(_ request: DocumentRequest) async -> Document {
    await document(
      from: summarySources, summaryTally, for: request, use: .compute, required: requirements.summary, shortfall: shortfall
    ) {
      DocumentBody([ByteBuffer(bytes: SummaryDocument(metadata: $0).bytes)])
    }
  }

  private func document(
    from sources: [any SectionDelivery], _ tally: DocumentTally, for request: DocumentRequest, use: SectionUse,
    required: Set<String>, shortfall: ([SectionOutcome], DocumentView) -> DerivedShortfall? = { _, _ in nil },
    _ render: @escaping @Sendable (DocumentMetadata) -> DocumentBody
  ) async -> Document {
    let outcomes = await fetched(sources, tally, for: request, use: use)
    let reports = outcomes.map(SectionReport.init)
    if let refusal = DocumentRefusal(outcomes, required: required, isStrict: request.isStrict) {
      return Document(content: .refused(refusal), sections: reports)
    }
    return Document(
      content: .pieces { render(DocumentMetadata(outcomes: outcomes)) }, sections: reports,
      shortfall: shortfall(outcomes, DocumentView()))
  }

  /// Of a summary.
  func shortfall(_ outcomes: [SectionOutcome], _ view: DocumentView) -> DerivedShortfall? {
    DerivedShortfall(outcomes, view, derived)
  }

  /// The sections of these sources, counted. Nobody has been given what a client has left behind.
  func fetched(
    _ sources: [any SectionDelivery], _ tally: DocumentTally, for request: DocumentRequest, use: SectionUse
  ) async -> [SectionOutcome] {
    let outcomes = await SectionFanOut.fetch(sources, for: request, use: use)
    if !Task.isCancelled { tally.count(outcomes) }
    return outcomes
  }
}
