/// The words that documents use of themselves, for those who say in advance what must stand there.
package enum DocumentWords {
  /// Of `metadata.sections.*.state`.
  package static let states = SectionState.allCases.map(\.rawValue)
  /// The members of `metadata.derived`.
  package static let derived = DerivedValue.allCases.map(\.rawValue)
  /// Of `metadata.derived.*.quality`.
  package static let qualities = Derivation.Quality.allCases.map(\.rawValue)
}
