import EventLoops
import Metrics
import NIOCore
import NIOPosix
import Testing

@testable import MetricsExport

@Suite struct MetricsRegistryTests {
  @Test func aPageIsWhatTheFormatSays() async throws {
    try await withRegistry { registry in
      Counter(label: "tributary_test_total", dimensions: [("way", "a\\b\"c\nd"), ("and", "x")], factory: registry).increment(
        by: 3)
      Timer(label: "tributary_test_seconds", factory: registry).recordMilliseconds(2)
      Meter(label: "tributary_test_level", factory: registry).set(1.5)
      let lines = await lines(of: registry)
      #expect(lines.contains("# HELP tributary_test_total How often.\\nAnd why."))
      #expect(lines.contains("# TYPE tributary_test_total counter"))
      #expect(lines.contains(#"tributary_test_total{and="x",way="a\\b\"c\nd"} 3"#))
      #expect(lines.contains("tributary_test_level 1.5"))
      #expect(
        lines.filter { $0.hasPrefix("tributary_test_seconds") } == [
          #"tributary_test_seconds_bucket{le="0.001"} 0"#, #"tributary_test_seconds_bucket{le="0.01"} 1"#,
          #"tributary_test_seconds_bucket{le="2"} 1"#, #"tributary_test_seconds_bucket{le="+Inf"} 1"#,
          "tributary_test_seconds_sum 0.002", "tributary_test_seconds_count 1",
        ])
    }
  }

  @Test(arguments: [(1_000_000, 0), (1_000_001, 1), (10_000_000, 1), (2_000_000_001, 3), (Int64.max, 3), (-5, 0)])
  func aBucketHoldsWhatIsNoLongerThanItsBound(nanoseconds: Int64, bucket: Int) async throws {
    try await withRegistry { registry in
      Timer(label: "tributary_test_seconds", factory: registry).recordNanoseconds(nanoseconds)
      let counts = await lines(of: registry).filter { $0.hasPrefix("tributary_test_seconds_bucket") }.map { $0.last == "1" }
      #expect(counts == (0..<4).map { $0 >= bucket })
    }
  }

  /// Whoever counts many himself is told how far a bucket reaches.
  @Test func manyTimesAtOnceAreInTheBucketOfOneOfThem() async throws {
    try await withRegistry { registry in
      let times = try #require(registry.makeTimer(label: "tributary_test_seconds", dimensions: []) as? any BucketedTimes)
      #expect([-1, 0, 1_000_000].map { times.bound(of: $0) } == [1_000_000, 1_000_000, 1_000_000])
      #expect(times.bound(of: 1_000_001) == 10_000_000 && times.bound(of: 2_000_000_001) == .max)
      times.add(5, like: 1_000_001, sum: 0.015)
      times.add(2, like: .max, sum: 7)
      let lines = await lines(of: registry)
      #expect(
        lines.filter { $0.hasPrefix("tributary_test_seconds") } == [
          #"tributary_test_seconds_bucket{le="0.001"} 0"#, #"tributary_test_seconds_bucket{le="0.01"} 5"#,
          #"tributary_test_seconds_bucket{le="2"} 5"#, #"tributary_test_seconds_bucket{le="+Inf"} 7"#,
          "tributary_test_seconds_sum 7.015", "tributary_test_seconds_count 7",
        ])
    }
  }

  @Test func aSeriesIsMadeOnceWhoeverAsksInWhateverOrder() async throws {
    try await withRegistry { registry in
      Counter(label: "tributary_test_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
      Counter(label: "tributary_test_total", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
      #expect(
        await lines(of: registry).filter { $0.hasPrefix("tributary_test_total{") } == [
          #"tributary_test_total{a="1",b="2"} 2"#
        ])
    }
  }

  @Test func labelsThatOnlyLookTheSameTogetherAreTwoSeries() async throws {
    try await withRegistry { registry in
      Counter(label: "tributary_test_total", dimensions: [("a", "1,b=1:2")], factory: registry).increment()
      Counter(label: "tributary_test_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
      #expect(await lines(of: registry).count { $0.hasPrefix("tributary_test_total{") } == 2)
    }
  }

  @Test func aNameHasOnlySoManySeriesAndTheRestIsCounted() async throws {
    try await withRegistry { registry in
      for number in 0..<MetricsRegistry.maxSeries + 7 {
        Counter(label: "tributary_test_total", dimensions: [("n", "\(number)")], factory: registry).increment()
      }
      let lines = await lines(of: registry)
      #expect(lines.count { $0.hasPrefix("tributary_test_total{") } == MetricsRegistry.maxSeries)
      #expect(lines.contains("tributary_metrics_refused_total 7"))
    }
  }

  @Test func aNameIsOfOneKind() async throws {
    try await withRegistry { registry in
      Counter(label: "tributary_test_total", factory: registry).increment()
      Meter(label: "tributary_test_total", factory: registry).set(9)
      Timer(label: "tributary_test_total", factory: registry).recordSeconds(1)
      let lines = await lines(of: registry)
      #expect(lines.filter { $0.hasPrefix("tributary_test_total") } == ["tributary_test_total 1"])
      #expect(lines.contains("tributary_metrics_refused_total 2"))
    }
  }

  @Test func aGaugeCanBeSetAndCounted() async throws {
    try await withRegistry { registry in
      let level = Meter(label: "tributary_test_level", factory: registry)
      level.increment(by: 5)
      level.decrement(by: 2)
      #expect(await lines(of: registry).contains("tributary_test_level 3"))
      level.set(1)
      level.increment(by: 1)
      #expect(await lines(of: registry).contains("tributary_test_level 2"))
    }
  }

  @Test func aForeignNameIsMadeToFit() {
    #expect(SeriesText.name("http.server-requests") == "http_server_requests")
    #expect(SeriesText.name("5xx") == "_5xx" && SeriesText.name("") == "_" && SeriesText.name("é") == "__")
  }

  @Test func aSourceIsLookedAtForEachPage() async throws {
    struct Source: MetricsSource {
      let count = Count()
      func samples() async -> [MetricSample] { [MetricSample("tributary_test_level", [("of", "x")], await count.next())] }
    }
    actor Count {
      private var value = 0
      func next() -> Int {
        value += 1
        return value
      }
    }
    try await withRegistry { registry in
      registry.add(Source())
      #expect(await lines(of: registry).contains(#"tributary_test_level{of="x"} 1"#))
      #expect(await lines(of: registry).contains(#"tributary_test_level{of="x"} 2"#))
    }
  }

  @Test func theCatalogueNamesEachOnceAndInTheWordsOfPrometheus() {
    let names = MetricCatalogue.all.map(\.name)
    #expect(Set(names).count == names.count)
    for metric in MetricCatalogue.all {
      #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
      if metric.kind == .histogram { #expect(metric.name.hasSuffix("_seconds"), "\(metric.name)") }
      #expect(metric.help.hasSuffix("."), "\(metric.name)")
    }
  }

  private func withRegistry(_ test: (MetricsRegistry) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let catalogue: [MetricDescription] = [
      .init("tributary_test_total", .counter, "How often.\nAnd why."),
      .init("tributary_test_seconds", .histogram, "How long.", buckets: Buckets(seconds: [0.001, 0.01, 2])),
      .init("tributary_test_level", .gauge, "How high."),
    ]
    try await test(try await MetricsRegistry(catalogue, on: group))
    try await group.shutdownGracefully()
  }

  private func lines(of registry: MetricsRegistry) async -> [String] {
    let text = String(decoding: await registry.page(), as: UTF8.self)
    #expect(text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }
}
