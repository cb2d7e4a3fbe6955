import RawJSON
import Resilience

/// What a computed part rests on: `metadata.derived` (contract §3).
struct Derivation {
  /// What a computed value is worth.
  enum Quality: String {
    /// From data that is all fresh or validly cached.
    case complete
    /// Something is missing or stale.
    case degraded
    /// From nothing.
    case unavailable
  }

  let part: StaticString
  let quality: Quality
  /// Those of its sections that carry data.
  let basedOn: [String]
  /// When the oldest of them was fetched.
  let asOf: Timestamp?

  init(of part: StaticString, from sections: [String], _ metadata: DocumentMetadata) {
    self.part = part
    basedOn = sections.filter { metadata.section($0) != nil }
    asOf = basedOn.compactMap { metadata.section($0)?.fetchedAt }.min()
    quality = basedOn.isEmpty ? .unavailable : basedOn.count == sections.count ? .complete : .degraded
  }

  func write(to writer: inout JSONWriter) {
    writer.key(part)
    writer.object { writer in
      writer.key("quality")
      writer.string(quality.rawValue)
      writer.key("based_on")
      writer.array { writer in
        for section in basedOn { writer.string(section) }
      }
      writer.key("as_of")
      if let asOf { writer.string(asOf.rfc3339) } else { writer.null() }
    }
  }
}
