import Clients
package import NIOCore
package import RawJSON

/// A document that is ready to be sent, or the reason why there is none.
package struct Document: Sendable {
  package enum Content: Sendable {
    /// At least one section carries data. Pieces in their order; big sections are pieces of their own, never copied.
    case pieces([ByteBuffer])
    /// Every section is missing.
    case nothing(Absence)
  }

  package let content: Content
  /// One a section, in the document's order.
  package let sections: [SectionReport]

  /// Whether every section carries data that is fresh or validly cached. Anything less is cacheable by nobody.
  package var isComplete: Bool { sections.allSatisfy { $0.state == .fresh } }
}

/// What is said of a document of which every section is missing.
package struct Absence: Sendable {
  /// Every one was a timeout.
  package let allTimedOut: Bool
  private let metadata: DocumentMetadata

  init(_ metadata: DocumentMetadata) {
    self.metadata = metadata
    allTimedOut = metadata.outcomes.allSatisfy { $0.serviceStatus == .timeout }
  }

  /// The members `services_status` and `sections`, for the inside of a problem.
  package func write(to writer: inout JSONWriter) {
    metadata.writeServicesStatus(to: &writer)
    metadata.writeSections(to: &writer)
  }
}
