import Clients
package import NIOCore
import RawJSON
import Resilience

/// What is known of a section now, for those who listen to it.
package struct SectionNews: Sendable {
  let outcome: SectionOutcome
  package let version: SectionVersion

  /// - Parameter digest: of the section's data; not looked at where it is missing.
  init(_ outcome: SectionOutcome, digest: UInt64) {
    // Whoever listens hears of changes alone: that it was in the cache is no difference.
    self.outcome = outcome.asNews
    version = SectionVersion(state: self.outcome.state, digest: outcome.section == nil ? 0 : digest)
  }

  /// As JSON, in pieces; data in one line stands in them as it came.
  ///
  /// - Parameter hasData: false for one who has the data already.
  package func json(hasData: Bool) -> [ByteBuffer] {
    var pieces = PieceWriter(capacity: 512, copies: false)
    pieces.write(head)
    if hasData {
      pieces.write(",\"data\":")
      outcome.writeBody(to: &pieces)
    }
    pieces.write("}")
    return pieces.finished
  }

  /// Without the last brace.
  private var head: [UInt8] {
    var writer = JSONWriter(capacity: 512)
    writer.object { writer in
      writer.key("section")
      writer.string(outcome.place.section)
      writer.key("state")
      writer.string(outcome.state.rawValue)
      writer.key("fetched_at")
      if let moment = outcome.section?.fetchedAt { writer.string(moment.rfc3339) } else { writer.null() }
      if let reason = outcome.reason {
        writer.key("reason")
        writer.string(reason)
      }
      writer.key("service")
      writer.string(outcome.place.serviceLabel)
      writer.key("status")
      writer.string(outcome.serviceStatus.rawValue)
    }
    return writer.bytes.dropLast()
  }
}

/// Which data of a section, in which state: two that are equal are the same to look at. Says the same on all replicas.
package struct SectionVersion: Sendable, Equatable {
  package let state: SectionState
  /// 0 for one that is missing.
  package let digest: UInt64

  package init(state: SectionState, digest: UInt64) {
    self.state = state
    self.digest = digest
  }
}

extension SectionOutcome {
  fileprivate var asNews: SectionOutcome {
    guard case .cached(let section) = result else { return self }
    return SectionOutcome(place: place, filler: filler, result: .fresh(section), cache: cache, took: took)
  }
}
