import Metrics

/// What is counted of the computed values of a document: those that rest on less than they should.
struct DerivedInstruments: Sendable {
  private let counters: [DerivedValue: (degraded: Counter, unavailable: Counter)]

  init(metrics: any MetricsFactory = MetricsSystem.factory) {
    var counters: [DerivedValue: (Counter, Counter)] = [:]
    for value in DerivedValue.allCases {
      let counter = { (quality: Derivation.Quality) in
        Counter(
          label: "tributary_derived_degraded_total", dimensions: [("value", value.rawValue), ("quality", quality.rawValue)],
          factory: metrics)
      }
      counters[value] = (counter(.degraded), counter(.unavailable))
    }
    self.counters = counters
  }

  fileprivate func counted(_ value: DerivedValue, _ quality: Derivation.Quality) {
    switch quality {
    case .complete: break
    case .degraded: counters[value]?.degraded.increment()
    case .unavailable: counters[value]?.unavailable.increment()
    }
  }
}

/// The computed values of one document that rest on less than they should: counted if the document is given.
package struct DerivedShortfall: Sendable {
  private let qualities: [(value: DerivedValue, quality: Derivation.Quality)]
  private let instruments: DerivedInstruments

  /// Nil where there are none.
  ///
  /// - Parameter view: what of the document is wanted; what it does not show is in no answer.
  init?(_ outcomes: [SectionOutcome], _ view: DocumentView, _ instruments: DerivedInstruments) {
    if outcomes.allSatisfy(\.state.isComplete) { return nil }
    let derivations = DerivedValue.derivations(DocumentMetadata(outcomes: outcomes), view)
    qualities = derivations.map { ($0.value, $0.derivation.quality) }.filter { $0.quality != .complete }
    self.instruments = instruments
    if qualities.isEmpty { return nil }
  }

  /// The document has been given.
  package func counted() {
    for (value, quality) in qualities { instruments.counted(value, quality) }
  }
}
