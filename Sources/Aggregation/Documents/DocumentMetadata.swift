import Clients
import RawJSON
import Resilience

/// What a document says of itself (contract §2). Depends on the outcomes alone, not on the order or the time they came in.
struct DocumentMetadata: Sendable {
  let outcomes: [SectionOutcome]

  var isComplete: Bool { outcomes.allSatisfy { $0.state == .fresh } }

  /// When the newest section was fetched: the document does not change while its data does not.
  var timestamp: Timestamp? { outcomes.compactMap { $0.section?.fetchedAt }.max() }

  func section(_ name: String) -> Section? { outcomes.first { $0.place.section == name }?.section }

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
    if let timestamp { writer.string(timestamp.rfc3339) } else { writer.null() }
  }

  /// One word a service. Where sections share a service, the first that is not well speaks for it.
  func writeServicesStatus(to writer: inout JSONWriter) {
    writer.key("services_status")
    writer.beginObject()
    for (position, outcome) in outcomes.enumerated() {
      let label = outcome.place.serviceLabel
      guard !outcomes[..<position].contains(where: { $0.place.serviceLabel == label }) else { continue }
      let ofService = outcomes[position...].filter { $0.place.serviceLabel == label }
      writer.key(named: label)
      writer.string((ofService.first { $0.failure != nil } ?? outcome).serviceStatus.rawValue)
    }
    writer.endObject()
  }

  func writeSections(to writer: inout JSONWriter) {
    writer.key("sections")
    writer.beginObject()
    for outcome in outcomes {
      writer.key(named: outcome.place.section)
      writer.beginObject()
      writer.key("state")
      writer.string(outcome.state.rawValue)
      writer.key("fetched_at")
      if let section = outcome.section { writer.string(section.fetchedAt.rfc3339) } else { writer.null() }
      if let failure = outcome.failure {
        writer.key("reason")
        writer.string(failure.reason.rawValue)
      }
      writer.endObject()
    }
    writer.endObject()
  }
}
