import Clients
import EventLoops
import NIOCore
import NIOPosix
import Settings
import Testing
import Tracing

@testable import TraceExport

/// Spans on their way to a collector, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct SpanExporterTests {
  private static func configuration(_ url: String, _ change: [String: String] = [:]) throws -> TracingConfiguration {
    let environment = ["TRIBUTARY_TRACING_ENDPOINT": url, "TRIBUTARY_TRACING_INTERVAL": "10ms"].merging(change) { $1 }
    let settings = SettingsReader(SettingsSources(environment: environment))
    let configuration = TracingConfiguration(reading: settings.scope("tracing"))
    #expect(settings.problems().isEmpty)
    return configuration
  }

  /// Runs the test with an exporter, which is shut down afterwards, and says what it counted.
  private static func run(
    _ configuration: TracingConfiguration, _ test: @escaping @Sendable (SpanExporter) async throws -> Void
  ) async throws -> ExportQueue.Counts {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let workers = WorkerPool(threads: 1)
    let client = try await UpstreamClient(try #require(configuration.collector), on: group)
    let exporter = SpanExporter(configuration, .forTests, client: client, workers: workers, on: group.next())
    try await test(exporter)
    try await exporter.shutDown()
    try await workers.shutDown()
    try await group.shutdownGracefully()
    return exporter.counts
  }

  private static func end(_ count: Int, on exporter: SpanExporter) {
    let tracer = RequestTracer(ratio: 1, exporter: exporter)
    for number in 0..<count { tracer.startSpan("span \(number)", context: .topLevel).end() }
  }

  @Test func theyComeAsTheProtocolWantsIt() async throws {
    let collector = try await Collector.start()
    let counts = try await Self.run(
      try Self.configuration(
        "http://127.0.0.1:\(collector.port)/tenant",
        [
          "TRIBUTARY_TRACING_HEADERS": "X-Key: secret", "TRIBUTARY_TRACING_BATCH": "3", "TRIBUTARY_TRACING_INTERVAL": "60s",
        ])
    ) { exporter in
      Self.end(3, on: exporter)
      let request = await collector.request()
      #expect(request.line == "POST /tenant/v1/traces")
      #expect(request.fields["content-type"] == "application/x-protobuf")
      #expect(request.fields["x-key"] == "secret")
      // The export is no part of any trace.
      #expect(request.fields["traceparent"] == nil)
      #expect(Collector.spanNames(request.body) == ["span 0", "span 1", "span 2"])
    }
    #expect(counts == ExportQueue.Counts(exported: 3))
    try await collector.stop()
  }

  /// A refused port, and more spans than there is room for: whoever ends a span does not notice.
  @Test func aCollectorThatIsAwayCostsSpansAndNothingElse() async throws {
    let configuration = try Self.configuration("http://127.0.0.1:1", ["TRIBUTARY_TRACING_QUEUE": "100"])
    let counts = try await Self.run(configuration) { exporter in Self.end(5000, on: exporter) }
    #expect(counts == ExportQueue.Counts(dropped: 5000))
  }

  @Test func whatTheCollectorRefusesIsCounted() async throws {
    let collector = try await Collector.start(status: 400)
    let counts = try await Self.run(try Self.configuration("http://127.0.0.1:\(collector.port)")) { exporter in
      Self.end(2, on: exporter)
      _ = await collector.request()
      while exporter.counts.rejected < 2 { await Task.yield() }
    }
    #expect(counts == ExportQueue.Counts(rejected: 2))
    try await collector.stop()
  }

  @Test func atTheEndWhatIsLeftStillGoes() async throws {
    let collector = try await Collector.start()
    let configuration = try Self.configuration("http://127.0.0.1:\(collector.port)", ["TRIBUTARY_TRACING_INTERVAL": "60s"])
    let counts = try await Self.run(configuration) { exporter in Self.end(1000, on: exporter) }
    #expect(counts == ExportQueue.Counts(exported: 1000))
    try await collector.stop()
  }

  @Test func aHeaderThatIsNoneIsAProblemThatShowsNothing() {
    let settings = SettingsReader(SettingsSources(environment: ["TRIBUTARY_TRACING_HEADERS": "hidden"]))
    _ = TracingConfiguration(reading: settings.scope("tracing"))
    let problems = settings.problems().map(\.description)
    #expect(problems.count == 1 && problems.allSatisfy { $0.contains("TRACING_HEADERS") && !$0.contains("hidden") })
  }
}
