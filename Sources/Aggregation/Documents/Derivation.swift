import RawJSON

/// What a computed part rests on: `metadata.derived` (contract §3).
struct Derivation {
  /// What a computed value is worth.
  enum Quality: String, CaseIterable {
    /// From data that is all fresh or validly cached.
    case complete
    /// Something is missing or stale.
    case degraded
    /// From nothing.
    case unavailable
  }

  let quality: Quality
  /// Those of its sections that carry data.
  let basedOn: [String]
  /// When the oldest of them was fetched.
  let asOf: DocumentMetadata.FetchTime?

  init(from sections: [String], _ metadata: DocumentMetadata) {
    var basedOn: [String] = []
    basedOn.reserveCapacity(sections.count)
    var asOf: DocumentMetadata.FetchTime?
    var isComplete = true
    for section in sections {
      isComplete = isComplete && metadata.isComplete(section)
      guard let time = metadata.fetchTime(section) else { continue }
      basedOn.append(section)
      asOf = asOf.map { time.at < $0.at ? time : $0 } ?? time
    }
    quality = basedOn.isEmpty ? .unavailable : isComplete ? .complete : .degraded
    self.basedOn = basedOn
    self.asOf = asOf
  }

  /// As the member of the part that rests on it; several parts may rest on the same.
  func write(of part: String, to writer: inout JSONWriter) {
    writer.key(named: part)
    writer.object { writer in
      writer.key("quality")
      writer.string(quality.rawValue)
      writer.key("based_on")
      writer.array { writer in
        for section in basedOn { writer.string(section) }
      }
      writer.key("as_of")
      asOf.write(to: &writer)
    }
  }
}
