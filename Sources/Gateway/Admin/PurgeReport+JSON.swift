import RawJSON

extension PurgeReport {
  /// The answer to `request`: `{"mode":"soft","tags":["users"],"entries":3,"spread":"done"}`; where `spread` is `failed` there is a
  /// `reason`.
  func json(for request: PurgeRequest) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("mode")
      writer.string(request.mode)
      writer.key("tags")
      writer.array { writer in for tag in request.tags { writer.string(tag) } }
      writer.key("entries")
      writer.int(entries)
      writer.key("spread")
      writer.string(spread.word)
      if case .failed(let reason) = spread {
        writer.key("reason")
        writer.string(reason)
      }
    }
    return writer.bytes
  }

  private static let plan = ScanPlan(members: ["entries", "spread", "reason"], maximumDepth: 8)

  /// Such an answer, read again; nil for anything else.
  init?(json: [UInt8]) {
    let report = json.withUnsafeBytes { bytes -> PurgeReport? in
      let index: JSONIndex
      do { index = try JSONScanner().scan(bytes, plan: Self.plan) } catch { return nil }
      guard let digits = index.member(0).cell.identifier(in: bytes), let entries = Int(digits.string),
        let word = index.member(1).cell.string(in: bytes),
        let spread = Spread(word: word, reason: index.member(2).cell.string(in: bytes) ?? "")
      else { return nil }
      return PurgeReport(entries: entries, spread: spread)
    }
    guard let report else { return nil }
    self = report
  }
}

extension PurgeReport.Spread {
  fileprivate var word: String {
    switch self {
    case .notNeeded: "not_needed"
    case .spread: "done"
    case .failed: "failed"
    }
  }

  fileprivate init?(word: String, reason: String) {
    switch word {
    case "not_needed": self = .notNeeded
    case "done": self = .spread
    case "failed": self = .failed(reason)
    default: return nil
    }
  }
}
