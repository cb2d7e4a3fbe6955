import Metrics
import MetricsExport
import NIOCore
import NIOPosix
import Testing

@testable import Aggregation
@testable import Clients
@testable import Gateway

/// What is counted of answers that are given again: kept in plain numbers, and exact in the metrics when somebody asks.
@Suite struct ReplayTallyTests {
  private static func instruments(_ registry: MetricsRegistry, _ sections: AnswerTally = AnswerTally([]))
    -> ReplayTally.Instruments
  {
    ReplayTally.Instruments(
      requests: Metrics.Counter(label: "tributary_requests_total", factory: registry),
      duration: BucketedTimer(label: "tributary_request_duration_seconds", dimensions: [], factory: registry), sections: sections)
  }

  @Test func whatWasGivenIsOnThePageOnceItIsSettledAndNotTwice() async throws {
    try await withRegistry { registry in
      let tally = ReplayTally(nil, { Self.instruments(registry) })
      for took in [20, 30, 499, 700, 60_000] { tally.counted(at: .now(), took: .microseconds(Int64(took))) }
      tally.settle()
      tally.settle()
      let lines = await Self.lines(of: registry)
      #expect(lines.contains("tributary_requests_total 5"))
      #expect(lines.contains(#"tributary_request_duration_seconds_bucket{le="0.0005"} 3"#))
      #expect(lines.contains(#"tributary_request_duration_seconds_bucket{le="0.001"} 4"#))
      #expect(lines.contains(#"tributary_request_duration_seconds_bucket{le="0.05"} 4"#))
      #expect(lines.contains(#"tributary_request_duration_seconds_bucket{le="0.1"} 5"#))
      #expect(lines.contains("tributary_request_duration_seconds_count 5"))
      let sum = try #require(Self.sum("tributary_request_duration_seconds", lines))
      #expect(abs(sum - 0.061249) < 1e-9)
    }
  }

  /// Bounds of ages: 0.1 s, 0.5 s, 1 s …
  @Test func eachAgeIsInTheBucketThatItHadComeTo() async throws {
    try await withRegistry { registry in
      let timer = BucketedTimer(label: "tributary_section_age_seconds", dimensions: [], factory: registry)
      let sections = AnswerTally(counters: [], ages: [(timer, 50_000_000), (timer, 470_000_000)])
      let made = NIODeadline.now()
      let tally = ReplayTally(nil, { Self.instruments(registry, sections) }, made: made)
      for later in [1, 20, 29, 31, 49, 50, 51, 400] {
        tally.counted(at: made + .milliseconds(Int64(later)), took: .microseconds(20))
      }
      tally.settle()
      let lines = await Self.lines(of: registry)
      // 50 ms until 50 ms later, and 470 ms until 30 ms later.
      #expect(lines.contains(#"tributary_section_age_seconds_bucket{le="0.1"} 6"#))
      #expect(lines.contains(#"tributary_section_age_seconds_bucket{le="0.5"} 11"#))
      #expect(lines.contains(#"tributary_section_age_seconds_bucket{le="1"} 16"#))
      #expect(lines.contains("tributary_section_age_seconds_count 16"))
      let sum = try #require(Self.sum("tributary_section_age_seconds", lines))
      #expect(abs(sum - (8 * 0.52 + 2 * 0.631)) < 1e-9)
    }
  }

  @Test func nobodyIsAskedForMetricsOfAnAnswerThatIsNotGivenAgain() {
    let tally = ReplayTally(nil) {
      Issue.record("asked")
      return ReplayTally.Instruments(
        requests: Metrics.Counter(label: "a"),
        duration: BucketedTimer(label: "b", dimensions: [], factory: MetricsSystem.factory),
        sections: AnswerTally([]))
    }
    tally.settle()
  }

  @Test func whereNothingIsMeasuredTheStatusPageIsToldAllTheSame() {
    let document = DocumentTally([])
    let tally = ReplayTally(document, nil)
    #expect(!tally.isTimed)
    for _ in 0..<7 { tally.counted() }
    #expect(document.givenAgain == 0)
    tally.settle()
    tally.settle()
    #expect(document.givenAgain == 7)
  }

  private func withRegistry(_ test: (MetricsRegistry) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    try await test(try await MetricsRegistry(on: group))
    try await group.shutdownGracefully()
  }

  private static func sum(_ name: String, _ lines: [String]) -> Double? {
    lines.first { $0.hasPrefix(name + "_sum ") }.flatMap { Double($0.dropFirst(name.count + 5)) }
  }

  private static func lines(of registry: MetricsRegistry) async -> [String] {
    String(decoding: await registry.page(), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
