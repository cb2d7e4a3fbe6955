import Metrics

/// What is counted of the computed values of a document: those that rest on less than they should.
struct DerivedInstruments: Sendable {
  private let counters: [SummaryDocument.Value: (degraded: Counter, unavailable: Counter)]

  init(metrics: any MetricsFactory = MetricsSystem.factory) {
    var counters: [SummaryDocument.Value: (Counter, Counter)] = [:]
    for value in SummaryDocument.Value.allCases {
      let counter = { (quality: Derivation.Quality) in
        Counter(
          label: "tributary_derived_degraded_total", dimensions: [("value", value.rawValue), ("quality", quality.rawValue)],
          factory: metrics)
      }
      counters[value] = (counter(.degraded), counter(.unavailable))
    }
    self.counters = counters
  }

  /// The values stand in an answer. A document of complete sections need not be told of.
  func served(_ document: SummaryDocument) {
    for value in SummaryDocument.Value.allCases {
      switch document.quality(of: value) {
      case .complete: break
      case .degraded: counters[value]?.degraded.increment()
      case .unavailable: counters[value]?.unavailable.increment()
      }
    }
  }
}
