import Clients
import Testing

@testable import Aggregation
@testable import Gateway

/// Which access lines are written.
@Suite struct LogSamplingTests {
  private static func sampling(_ ratio: Double) -> LogSampling {
    var configuration = LogSampling.Configuration()
    configuration.ratio = ratio
    return LogSampling(configuration)
  }

  private static let missing = SectionReport(
    SectionOutcome(
      place: SectionPlace(section: "s", upstream: "u", serviceLabel: "m"), filler: "[]", result: .missing(CallFailure(.timeout)),
      took: .zero))

  @Test(arguments: [(1.0, 1000), (0.5, 500), (0.25, 250), (0.1, 100), (0.0, 0)])
  func aShareOfTheHealthyOnesIsWritten(ratio: Double, count: Int) {
    let sampling = Self.sampling(ratio)
    let written = (0..<1000).count { _ in sampling.writes(status: 200, [], took: .zero) }
    // A tenth has no exact form in binary.
    #expect((count - 1...count).contains(written))
  }

  @Test func whatDidNotGoWellIsAlwaysWritten() {
    let sampling = Self.sampling(0)
    for status in [400, 404, 429, 500, 503] { #expect(sampling.writes(status: status, [], took: .zero)) }
    #expect(sampling.writes(status: 200, [Self.missing], took: .zero))
    #expect(sampling.writes(status: 200, [], took: .seconds(1)))
    #expect(!sampling.writes(status: 304, [], took: .milliseconds(999)))
  }
}
