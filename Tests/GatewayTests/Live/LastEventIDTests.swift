import Aggregation
import NIOCore
import Testing

@testable import Gateway

@Suite struct LastEventIDTests {
  private static let full = [
    SectionVersion(state: .fresh, digest: 0x0123_4567_89AB_CDEF), SectionVersion(state: .stale, digest: .max),
    SectionVersion(state: .missing, digest: 0), nil,
  ]

  @Test func itComesBackAsItWent() throws {
    let line = String(buffer: LastEventID(Self.full).line)
    #expect(line == "id: 1.fASNFZ4mrze8.s__________8.m.-\n")
    let back = try #require(LastEventID(String(line.dropFirst(4).dropLast())))
    #expect(back.known == Self.full)
  }

  @Test(arguments: [0, 1, 255, UInt64.max - 1, 1 << 63]) func everyDigestComesBack(digest: UInt64) throws {
    let known = [SectionVersion(state: .fresh, digest: digest)]
    let line = String(buffer: LastEventID(known).line)
    let back = try #require(LastEventID(String(line.dropFirst(4).dropLast())))
    #expect(back.known == known)
  }

  @Test(
    arguments: [
      "", "1", "2.-", "1.", "1..", "-", "1.x", "1.f", "1.m-", "1.--", "1.fASNFZ4mrze", "1.fASNFZ4mrze88", "1.fASNFZ4mrze9",
      "1.fASNFZ4mrz€8", "1.ASNFZ4mrze8", "1.m. -", " 1.m", "1.m\n", "01.m", "1.fASNFZ4mrze8\u{301}",
      "1" + String(repeating: ".-", count: 512),
    ])
  func anythingElseIsNone(text: String) { #expect(LastEventID(text) == nil) }

  @Test func itsLengthIsBounded() {
    #expect(LastEventID("1" + String(repeating: ".-", count: 511))?.known.count == 511)
  }
}
