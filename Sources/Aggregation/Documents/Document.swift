import Clients
package import RawJSON

/// A document that is ready to be sent, or the reason why there is none.
package struct Document: Sendable {
  package enum Content: Sendable {
    /// At least one section carries data. Put together when it is called.
    case pieces(@Sendable () -> DocumentBody)
    /// There is none: see ``DocumentRefusal``.
    case refused(DocumentRefusal)
  }

  package let content: Content
  /// One a section, in the document's order.
  package let sections: [SectionReport]
  /// Nil where nothing that is computed rests on less than it should.
  package var shortfall: DerivedShortfall?

  /// Put together; empty where there is none.
  package var rendered: DocumentBody { if case .pieces(let render) = content { render() } else { DocumentBody([]) } }

  /// Whether every section carries data that is fresh or validly cached. Anything less is cacheable by nobody.
  package var isComplete: Bool { sections.allSatisfy(\.state.isComplete) }

  /// How long a client may take it for fresh, in milliseconds, and how old its oldest section is; nil unless it is complete and all of it
  /// may be given to later requests.
  package var validity: (remaining: Int64, age: Int64)? {
    var (remaining, age) = (Int64.max, Int64(0))
    for section in sections {
      guard section.state.isComplete, let cache = section.cache, cache.isStored else { return nil }
      remaining = min(remaining, max(cache.timeToLive, 0))
      age = max(age, cache.age)
    }
    return sections.isEmpty ? nil : (remaining, age)
  }

  /// Whether all of it came out of this process's memory and is valid: the same question would have the same answer a moment later.
  package var isFromMemory: Bool {
    sections.allSatisfy { section in
      if case .hit = section.cache?.course { section.state == .cached } else { false }
    }
  }
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
  init?(_ outcomes: [SectionOutcome], required: Set<String>, isStrict: Bool) {
    let missing = outcomes.filter { $0.section == nil }
    if missing.count == outcomes.count {
      reason = .nothingThere
    } else if missing.contains(where: { required.contains($0.place.section) }) {
      reason = .requiredMissing
    } else if isStrict, !outcomes.allSatisfy(\.state.isComplete) {
      reason = .incomplete
    } else {
      return nil
    }
    metadata = DocumentMetadata(outcomes: outcomes)
    isTimeout = !missing.isEmpty && missing.allSatisfy { $0.serviceStatus == .timeout }
  }

  /// The members `services_status` and `sections`, for the inside of a problem.
  package func write(to writer: inout JSONWriter) {
    metadata.writeServicesStatus(to: &writer)
    metadata.writeSections(to: &writer)
  }
}
