/// What is computed for a summary, as `metadata.derived` names it.
enum DerivedValue: String, CaseIterable, Sendable {
  case summary, rankings, trends

  /// The sections that it rests on.
  private var sections: [String] {
    switch self {
    case .summary, .rankings: ["users", "scraped_accounts", "metrics"]
    case .trends: ["metrics"]
    }
  }

  /// What those values rest on that are shown: each on what was asked for it.
  static func derivations(
    _ metadata: DocumentMetadata, _ view: DocumentView
  ) -> [(value: DerivedValue, derivation: Derivation)] {
    allCases.filter { $0.isShown(in: view) }.map { value in
      let asked = value.sections.filter { section in
        view.fields == nil || metadata.outcomes.contains { $0.place.section == section }
      }
      return (value, Derivation(from: asked, metadata))
    }
  }

  /// Where nothing is selected but what the document says of itself, that is about all of it.
  private func isShown(in view: DocumentView) -> Bool {
    guard let fields = view.fields, Self.allCases.contains(where: { fields.member($0.rawValue) != nil }) else { return true }
    return fields.member(rawValue) != nil
  }
}
