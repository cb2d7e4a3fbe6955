import Caching
import NIOCore
import RawJSON
import Resilience
import Synchronization
import Testing

@testable import Aggregation

/// A section that comes from Redis is not read again, and is what it was where it was read.
@Suite struct RestoredSectionTests {
  private static let moment = Timestamp(milliseconds: 5_000)

  private static let bodies = [
    ("users", #"[{"id":1,"email":"a@x"},{"id":"2","email":"b@x"},null]"#),
    ("scraped_accounts", #"[{"id":9,"userId":1},{"id":10,"userId":1},{"id":11}]"#),
    (
      "metrics",
      metricsBody(
        [post(engagement: "0.5", views: "7", date: #""2024-05-01""#, hour: #""10:00""#), post(views: #""x""#)], count: "99")
    ),
    ("dashboard_data", #"[{"adminId":1}]"#), ("users", "[]"),
  ]

  private static func reading(_ name: String) -> SectionReading {
    SectionReading(section: name, shape: definition(name).everything.shape)
  }

  private static func kept(_ name: String, _ body: String) throws -> Section {
    try reading(name).section(
      from: ByteBuffer(string: body), for: .compute, isKept: true, fetchedAt: moment, with: JSONScanner())
  }

  private static func envelope(_ body: ByteBuffer, _ findings: BodyFindings?) -> Envelope {
    let lifetimes = Lifetimes(fresh: 1000, staleWhileRevalidate: 0, staleIfError: 0)
    return Envelope(freshness: Freshness(fetchedAt: moment, lifetimes: lifetimes), findings: findings, body: body)
  }

  @Test(arguments: bodies) func itIsWhatItWas(name: String, body: String) throws {
    let section = try Self.kept(name, body)
    let restored = try #require(Self.reading(name).section(from: Self.envelope(section.received, section.findings)))
    #expect(restored.body == section.body && restored.shape == section.shape && restored.fetchedAt == section.fetchedAt)
    #expect(restored.rowCount == section.rowCount && restored.declaredCount == section.declaredCount)
    #expect(restored.oddRows == section.oddRows && restored.cost == section.cost && restored.isEmpty == section.isEmpty)
    #expect(restored.digest == section.digest && restored.findings == section.findings)
    #expect(String(describing: restored.rowTable.list) == String(describing: section.rowTable.list))
  }

  @Test func theSameIsComputedFromIt() throws {
    let sections = try Self.bodies.prefix(4).map { try Self.kept($0.0, $0.1) }
    let outcomes = zip(sectionNames, sections).map { outcome(definition($0), .cached($1)) }
    let restored = try zip(sectionNames, sections).map { name, section in
      outcome(
        definition(name),
        .cached(try #require(Self.reading(name).section(from: Self.envelope(section.received, section.findings)))))
    }
    #expect(summaryText(restored) == summaryText(outcomes))
    #expect(consolidatedText(restored) == consolidatedText(outcomes))
  }

  @Test func whatWasNeverReadIsRead() throws {
    #expect(Self.reading("users").section(from: Self.envelope(ByteBuffer(string: "[]"), nil)) == nil)
    let unhashed = try read("users", "[]")
    #expect(unhashed.findings == nil)
  }

  @Test func aBigBodyIsReadOffTheLoopAsEver() throws {
    let rows = String(repeating: #"{"id":1},"#, count: SectionReader.offLoopSize / 9)
    let section = try Self.kept("users", "[\(rows){}]")
    #expect(section.body.readableBytes > SectionReader.offLoopSize)
    #expect(Self.reading("users").section(from: Self.envelope(section.received, section.findings)) == nil)
  }

  /// Whoever can write to Redis can pass off any bytes where nothing is encrypted; they end no process.
  @Test(arguments: ["", "[", "]", "{", "\"", "nonsense", "[1,2", #"{"items":[{]}"#, "[[[[[[[[", "\u{0}\u{1}", #"[{"id":1e999}"#])
  func whatIsNoJSONHasNoFacts(text: String) throws {
    for name in sectionNames {
      let body = ByteBuffer(string: text)
      let findings = BodyFindings(
        digest: BodyDigest(hashing: body), rowCount: text.utf8.count, declaredCount: .max, oddRows: text.utf8.count,
        cost: text.utf8.count)
      let section = try #require(Self.reading(name).section(from: Self.envelope(body, findings)))
      if case .none = section.facts {} else { Issue.record("facts of \(text)") }
      body.withUnsafeReadableBytes { bytes in
        let rows = section.rowTable.range(of: 0..<100, in: bytes)
        #expect(0...bytes.count ~= rows.lowerBound && 0...bytes.count ~= rows.upperBound)
      }
      let outcomes = sectionNames.map { outcome(definition($0), .cached(section)) }
      #expect(!summary(outcomes).isEmpty && !consolidated(outcomes).isEmpty)
    }
  }

  private final class Reads: Sendable {
    let count = Mutex(0)
  }

  @Test func factsAreReadOnceAndByNobodyWhoDoesNotAsk() {
    let reads = Reads()
    let body = ByteBuffer(string: "[]")
    let findings = BodyFindings(digest: BodyDigest(hashing: body), rowCount: 0, declaredCount: 0, oddRows: 0, cost: 2)
    let section = Section(body: body, shape: definition("users").everything.shape, findings: findings, fetchedAt: Self.moment) {
      _ in
      reads.count.withLock { $0 += 1 }
      return .none
    }
    #expect(reads.count.withLock { $0 } == 0)
    for _ in 0..<3 { _ = section.facts }
    #expect(reads.count.withLock { $0 } == 1)
    _ = section.fetched(at: Self.moment).facts
    #expect(reads.count.withLock { $0 } == 1)
  }
}
