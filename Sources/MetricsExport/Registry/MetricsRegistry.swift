import EventLoops
package import Metrics
package import NIOCore
import Synchronization

/// All metrics of the process: the backend of swift-metrics. Counts on the loop that counts, adds up when a page is asked for.
///
/// A series is one name with one set of labels. It is made once, and is the same for all who ask for it: a configuration that is read
/// again goes on where the old one was. Nothing is ever removed, so that labels must come from closed lists; as a last line of defence a
/// name has at most ``maxSeries`` series, and what is beyond is counted nowhere but in `tributary_metrics_refused_total`.
package final class MetricsRegistry: MetricsFactory {
  private struct Family {
    let description: MetricDescription
    var series: [String: (text: SeriesText, cells: any MetricCells)] = [:]
  }

  /// The catalogue, by name.
  private let descriptions: [String: MetricDescription]
  private let stripes: Int
  private let families = Mutex<[String: Family]>([:])
  private let sources = Mutex<[any MetricsSource]>([])
  private let refused: CounterCells

  static let maxSeries = 1000

  package init(_ catalogue: [MetricDescription] = MetricCatalogue.all, on group: any EventLoopGroup) async throws {
    descriptions = Dictionary(catalogue.map { ($0.name, $0) }) { first, _ in first }
    stripes = try await Stripe.assign(to: group)
    refused = CounterCells(stripes: stripes)
    _ = find("tributary_metrics_refused_total", [], .counter) { _ in refused }
  }

  /// From now on every page has what the source says.
  package func add(_ source: some MetricsSource) { sources.withLock { $0.append(source) } }

  /// The cells of a series, new or known; nil where there must be no more of them, or where the name is taken by another kind.
  private func find<Cells: MetricCells>(
    _ label: String, _ labels: [(String, String)], _ kind: MetricDescription.Kind, _ make: (MetricDescription) -> Cells
  ) -> Cells? {
    let name = SeriesText.name(label)
    // In one order, whoever names them.
    let labels = labels.sorted { $0.0 < $1.0 }
    let key = labels.map { "\($0.0)=\($0.1.utf8.count):\($0.1)" }.joined(separator: ",")
    let found: Cells? = families.withLock { families in
      let described = descriptions[name].flatMap { $0.kind == kind ? $0 : nil }
      var family =
        families[name] ?? Family(description: described ?? MetricDescription(name, kind, "Not described."))
      guard family.description.kind == kind else { return nil }
      if let known = family.series[key] { return known.cells as? Cells }
      guard family.series.count < Self.maxSeries else { return nil }
      let cells = make(family.description)
      let buckets = kind == .histogram ? family.description.buckets : nil
      family.series[key] = (SeriesText(name, labels, buckets: buckets), cells)
      families[name] = family
      return cells
    }
    if found == nil { refused.increment(by: 1) }
    return found
  }
}

// MARK: What swift-metrics asks for

extension MetricsRegistry {
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    find(label, dimensions, .counter) { _ in CounterCells(stripes: stripes) } ?? CounterCells(stripes: 1)
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    find(label, dimensions, .gauge) { _ in GaugeCells(stripes: stripes) } ?? GaugeCells(stripes: 1)
  }

  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    guard aggregate else {
      return find(label, dimensions, .gauge) { _ in GaugeCells(stripes: stripes) } ?? GaugeCells(stripes: 1)
    }
    return histogram(label, dimensions)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { histogram(label, dimensions) }

  private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCells {
    find(label, dimensions, .histogram) { HistogramCells($0.buckets, stripes: stripes) } ?? HistogramCells(.durations, stripes: 1)
  }

  // A series stays: what it has counted has happened.
  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}
}

// MARK: The page

extension MetricsRegistry {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// Everything, in the order of names.
  package func page() async -> [UInt8] {
    var samples: [String: [MetricSample]] = [:]
    for source in sources.withLock({ $0 }) {
      for sample in await source.samples() { samples[sample.name, default: []].append(sample) }
    }
    let families = families.withLock { $0 }
    var page = PrometheusPage()
    for name in Set(families.keys).union(samples.keys).sorted() {
      if let family = families[name] {
        page.begin(family.description)
        for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.cells.write(series.text, to: &page) }
      } else if let description = descriptions[name] {
        page.begin(description)
        for sample in samples[name] ?? [] { page.sample(SeriesText(name, sample.labels).plain, sample.value) }
      }
    }
    return page.bytes
  }
}
