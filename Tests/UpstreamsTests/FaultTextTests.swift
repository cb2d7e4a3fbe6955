import Testing
import TestSupport
import Upstreams

struct FaultTextTests {
  @Test(arguments: [
    Fault.none, .refuse, .hang, .hangAfterHeaders, .slow(.milliseconds(300)), .slow(.seconds(2)), .slow(.zero), .drip,
    .status(503), .garbage, .truncated, .empty, .wrongShape, .reset, .huge(bytes: 20_000_000), .flaky(percent: 30),
    .closeAfter(responses: 5), .retryAfter(seconds: 2), .secondResponse, .badChunk, .chunked,
  ])
  func everyFaultIsReadBackFromItsOwnText(fault: Fault) throws {
    #expect(try Fault(fault.description) == fault)
  }

  @Test func textsMeanWhatTheySay() throws {
    #expect(try Fault("slow:300ms") == .slow(.milliseconds(300)))
    #expect(try Fault(" slow:2s\n") == .slow(.seconds(2)))
    #expect(try Fault("slow:2000ms").description == "slow:2s")
    #expect(try Fault("hang-after-headers") == .hangAfterHeaders)
    #expect(try Fault("huge:1048576") == .huge(bytes: 1_048_576))
  }

  @Test(arguments: [
    "", "nonsense", "slow", "slow:", "slow:3", "slow:ms", "slow:-1s", "slow:1.5s", "slow:3601s", "slow:99999999999999999999s",
    "status:99", "status:600", "status:abc", "status:+200", "none:1", "flaky:101", "close-after:0", "huge:-1", "huge:1e9",
    "huge:99999999999999999999", "retry-after:", "Hang", "hang;refuse",
  ])
  func aTextThatIsNoFaultSaysWhatIsAllowed(text: String) {
    let error = #expect(throws: FaultTextError.self) { try Fault(text) }
    #expect(error?.found == text)
    #expect(error?.description.contains("slow:DURATION") == true)
  }
}
