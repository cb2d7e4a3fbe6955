import Caching
import NIOCore
import RawJSON
import Resilience
import Testing

@testable import Aggregation

/// A document is named by what it was put together from, and no two by the same.
@Suite struct DocumentDigestTests {
  private static func section(_ name: String, _ body: String, at seconds: Int64 = 1, isKept: Bool = true) throws -> Section {
    try SectionReading(section: name, shape: definition(name).everything.shape).section(
      from: ByteBuffer(string: body), for: .compute, isKept: isKept, fetchedAt: Timestamp(milliseconds: seconds * 1000),
      with: JSONScanner())
  }

  private static func document(_ outcomes: [SectionOutcome]) -> DocumentBody {
    ConsolidatedDocument(metadata: DocumentMetadata(outcomes: outcomes)).body
  }

  private static func page(_ change: Int? = nil, to other: (String) throws -> SectionOutcome = { try cached($0) }) throws
    -> [SectionOutcome]
  {
    try sectionNames.enumerated().map { place, name in place == change ? try other(name) : try cached(name) }
  }

  private static func cached(_ name: String, _ body: String? = nil, at seconds: Int64 = 1, isKept: Bool = true) throws
    -> SectionOutcome
  {
    let body = body ?? smallBodies[sectionNames.firstIndex(of: name) ?? 0]
    return outcome(definition(name), .cached(try section(name, body, at: seconds, isKept: isKept)))
  }

  @Test func theSameSectionsMakeTheSame() throws {
    let (left, right) = (Self.document(try Self.page()), Self.document(try Self.page()))
    #expect(left.digest != nil && left.digest == right.digest && left.pieces == right.pieces)
  }

  @Test(arguments: 0..<4) func anythingElseMakesAnother(place: Int) throws {
    let whole = try #require(Self.document(try Self.page()).digest)
    let body = smallBodies[place]
    let changed = body.replacing("1", with: "2")
    #expect(changed != body && changed.utf8.count == body.utf8.count)
    let others = [
      try Self.page(place) { try Self.cached($0, changed) }, try Self.page(place) { try Self.cached($0, at: 2) },
      try Self.page(place) { outcome(definition($0), .fresh(try Self.section($0, body))) },
    ]
    for other in others {
      let digest = try #require(Self.document(other).digest)
      #expect(digest != whole)
    }
  }

  @Test func sectionsThatChangePlacesMakeAnother() throws {
    let (left, right) = (try Self.cached("users", "[]"), try Self.cached("scraped_accounts", "[]"))
    #expect(Self.document([left, right]).digest != Self.document([right, left]).digest)
  }

  @Test func whatIsNotKeptOrMissingHasNone() throws {
    #expect(Self.document(try Self.page(2) { try Self.cached($0, isKept: false) }).digest == nil)
    #expect(Self.document(try Self.page(2) { missing($0) }).digest == nil)
  }

  @Test func aSectionThatComesBackIsTheSameAndAnyOtherIsNot() {
    let digests = [BodyDigest(high: 1, low: 2), BodyDigest(high: 1, low: 3), BodyDigest(high: 2, low: 2), nil]
    var identities: Set<SectionIdentity> = []
    for digest in digests {
      for moment in [Int64.min, -1, 0, 1, 1_700_000_000_000, .max] {
        let identity = SectionIdentity(digest, fetchedAt: Timestamp(milliseconds: moment), version: 7)
        #expect(identity == SectionIdentity(digest, fetchedAt: Timestamp(milliseconds: moment), version: digest == nil ? 7 : 8))
        identities.insert(identity)
      }
    }
    // Without a digest it is the version that counts, not the moment.
    #expect(identities.count == 3 * 6 + 1)
    #expect(
      SectionIdentity(nil, fetchedAt: Timestamp(milliseconds: 0), version: 7)
        != SectionIdentity(nil, fetchedAt: Timestamp(milliseconds: 0), version: 8))
  }
}
