/// What is not counted as it happens but looked at when somebody asks: how many connections are open, how much memory is in use.
package protocol MetricsSource: Sendable {
  /// Of metrics that ``MetricCatalogue`` describes. Called once for each page, before anything is
  /// written on it: what is counted elsewhere may be added up now.
  func samples() async -> [MetricSample]
}

/// One value of a metric.
package struct MetricSample: Sendable {
  package let name: String
  /// From closed lists, and words of the configuration.
  package let labels: [(String, String)]
  package let value: Double

  package init(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
    self.name = name
    self.labels = labels
    self.value = value
  }

  package init(_ name: String, _ labels: [(String, String)] = [], _ value: Int) { self.init(name, labels, Double(value)) }
}
