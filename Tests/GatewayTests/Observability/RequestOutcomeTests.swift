import HTTPTypes
import Testing

@testable import Gateway

@Suite struct RequestOutcomeTests {
  @Test(arguments: [
    (200, false, [true, true], RequestOutcome.complete), (304, false, [true], .complete), (200, false, [true, false], .partial),
    (503, false, [false], .unavailable), (504, false, [false, false], .unavailable), (429, false, [], .limited),
    (401, false, [], .denied), (403, false, [], .denied), (503, true, [], .refused), (400, true, [], .refused),
    (404, false, [], .problem), (500, false, [], .problem), (503, false, [], .problem), (200, false, [], .ok),
    (204, false, [], .ok),
  ])
  func whatARequestCameTo(status: Int, isRefused: Bool, sections: [Bool], outcome: RequestOutcome) {
    #expect(RequestOutcome(status: .init(code: status), isRefused: isRefused, sections: sections) == outcome)
  }
}
