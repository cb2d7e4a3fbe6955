package import Settings

/// The sections without which a document is not given, whoever asks.
package struct DocumentRequirements: Sendable {
  package var consolidated: Set<String> = []
  package var summary: Set<String> = []

  package init() {}

  /// `documents`.
  ///
  /// - Parameter sections: the names that there are.
  package init(reading settings: SettingsReader, sections: [String]) {
    consolidated = Self.required(settings.scope("consolidated"), of: sections)
    summary = Self.required(settings.scope("summary"), of: sections.filter(SummaryDocument.sections.contains))
  }

  private static func required(_ settings: SettingsReader, of sections: [String]) -> Set<String> {
    Set(settings.strings("required", default: [], each: "one of \(sections.joined(separator: ", "))", where: sections.contains))
  }
}
