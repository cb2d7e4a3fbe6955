import Clients
import RawJSON
import Resilience

/// What a document says of itself (contract §2). Depends on the outcomes alone, not on the order or the time they came in.
struct DocumentMetadata: Sendable {
  /// When a section was fetched, and how that is written.
  struct FetchTime: Sendable {
    let at: Timestamp
    /// RFC 3339.
    let text: String
  }

  let outcomes: [SectionOutcome]
  /// By position; nil for those that are missing.
  private let times: [FetchTime?]

  init(outcomes: [SectionOutcome]) {
    self.outcomes = outcomes
    times = Self.times(of: outcomes)
  }

  var isComplete: Bool { outcomes.indices.allSatisfy { outcomes[$0].state.isComplete } }

  func section(_ name: String) -> Section? { position(of: name).flatMap { outcomes[$0].section } }

  /// Whether the section carries data that is fresh or validly cached.
  func isComplete(_ name: String) -> Bool { position(of: name).map { outcomes[$0].state.isComplete } ?? false }

  /// Nil if the section is missing.
  func fetchTime(_ name: String) -> FetchTime? { position(of: name).flatMap { times[$0] } }

  /// When the newest section was fetched: the document does not change while its data does not.
  private var newest: FetchTime? {
    times.reduce(nil) { newest, time in
      guard let time else { return newest }
      return newest.map { $0.at < time.at ? time : $0 } ?? time
    }
  }

  /// By position and not by element: an element holds many references, which a copy of it would count.
  private func position(of name: String) -> Int? { outcomes.indices.first { outcomes[$0].place.section == name } }

  /// The sections of one answer come within a millisecond or two: to write a moment costs 500 instructions, so equal ones are written
  /// once.
  private static func times(of outcomes: [SectionOutcome]) -> [FetchTime?] {
    var last: FetchTime?
    return outcomes.indices.map { position in
      guard let at = outcomes[position].fetchedAt else { return nil }
      if let last, last.at == at { return last }
      last = FetchTime(at: at, text: at.rfc3339)
      return last
    }
  }
}

// MARK: Writing

extension DocumentMetadata {
  /// `timestamp`, `services_status`, `complete`, `sections`.
  func write(to writer: inout JSONWriter) {
    writeTimestamp(to: &writer)
    writeServicesStatus(to: &writer)
    writer.key("complete")
    writer.bool(isComplete)
    writeSections(to: &writer)
  }

  func writeTimestamp(to writer: inout JSONWriter) {
    writer.key("timestamp")
    newest.write(to: &writer)
  }

  /// One word a service. Where sections share a service, the first that is not well speaks for it.
  func writeServicesStatus(to writer: inout JSONWriter) {
    writer.key("services_status")
    writer.beginObject()
    for position in outcomes.indices {
      let label = outcomes[position].place.serviceLabel
      let isNamed = { (other: Int) in outcomes[other].place.serviceLabel == label }
      guard !outcomes[..<position].indices.contains(where: isNamed) else { continue }
      let speaker = outcomes[position...].indices.first { isNamed($0) && outcomes[$0].failure != nil }
      writer.key(named: label)
      writer.string(outcomes[speaker ?? position].serviceStatus.rawValue)
    }
    writer.endObject()
  }

  func writeSections(to writer: inout JSONWriter) {
    writer.key("sections")
    writer.beginObject()
    for position in outcomes.indices {
      writer.key(named: outcomes[position].place.section)
      writer.beginObject()
      writer.key("state")
      writer.string(outcomes[position].state.rawValue)
      writer.key("fetched_at")
      times[position].write(to: &writer)
      if let reason = outcomes[position].reason {
        writer.key("reason")
        writer.string(reason)
      }
      writer.endObject()
    }
    writer.endObject()
  }
}

extension DocumentMetadata.FetchTime? {
  /// The moment, or null.
  func write(to writer: inout JSONWriter) {
    if let self { writer.string(self.text) } else { writer.null() }
  }
}

extension SectionOutcome {
  fileprivate var fetchedAt: Timestamp? {
    section?.fetchedAt
  }
}
