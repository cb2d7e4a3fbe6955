import Clients
package import NIOCore
package import RawJSON

/// A document that is ready to be sent, or the reason why there is none.
package struct Document: Sendable {
  package enum Content: Sendable {
    /// At least one section carries data. Pieces in their order; big sections are pieces of their own, never copied.
    case pieces([ByteBuffer])
    /// There is none: see ``DocumentRefusal``.
    case refused(DocumentRefusal)
  }

  package let content: Content
  /// One a section, in the document's order.
  package let sections: [SectionReport]

  /// Whether every section carries data that is fresh or validly cached. Anything less is cacheable by nobody.
  package var isComplete: Bool { sections.allSatisfy(\.state.isComplete) }
}

/// Why there is no document, and what is known of its sections.
package struct DocumentRefusal: Sendable {
  package enum Reason: Sendable {
    /// Every section is missing.
    case nothingThere
    /// A section is missing that the configuration says the document must have.
    case requiredMissing
    /// Something is missing or stale, and the client prefers no document to that.
    case incomplete
  }

  package let reason: Reason
  /// Every section that is missing is so because its service did not answer in time.
  package let isTimeout: Bool
  private let metadata: DocumentMetadata

  /// Nil where the document can be given.
  init?(_ metadata: DocumentMetadata, required: Set<String>, isStrict: Bool) {
    let missing = metadata.outcomes.filter { $0.section == nil }
    if missing.count == metadata.outcomes.count {
      reason = .nothingThere
    } else if missing.contains(where: { required.contains($0.place.section) }) {
      reason = .requiredMissing
    } else if isStrict, !metadata.outcomes.allSatisfy(\.state.isComplete) {
      reason = .incomplete
    } else {
      return nil
    }
    self.metadata = metadata
    isTimeout = !missing.isEmpty && missing.allSatisfy { $0.serviceStatus == .timeout }
  }

  /// The members `services_status` and `sections`, for the inside of a problem.
  package func write(to writer: inout JSONWriter) {
    metadata.writeServicesStatus(to: &writer)
    metadata.writeSections(to: &writer)
  }
}
