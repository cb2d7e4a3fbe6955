package import Caching
package import NIOCore
package import Resilience

/// The data of one section as an upstream delivered it: validated bytes, and what was read from them on the way. A reference, as it is
/// handed on from the cache to every answer.
package final class Section: Sendable {
  /// What is spliced into a document, untouched.
  package let body: ByteBuffer
  package let shape: SectionShape
  /// Rows in the list; 1 for an object.
  package let rowCount: Int
  /// What the section itself says its size is (`metrics.count`), else `rowCount`.
  package let declaredCount: Int64
  /// Rows with something in them that could not be counted as what it should be.
  package let oddRows: Int
  package let fetchedAt: Timestamp
  /// Names the body; nil for what is not kept.
  package let digest: BodyDigest?
  /// Nothing was sent, and the body is ours.
  let isFiller: Bool
  /// Where its rows are; shared by all who have this body, as are the facts.
  let rows: LazyRowTable
  private let lazyFacts: LazyFacts
  /// What it takes to keep it, in bytes.
  let cost: Int

  init(
    body: ByteBuffer, shape: SectionShape, rowCount: Int, declaredCount: Int64, oddRows: Int, facts: SectionFacts,
    fetchedAt: Timestamp, digest: BodyDigest? = nil, isFiller: Bool = false
  ) {
    (self.body, self.shape, self.rowCount, self.declaredCount) = (body, shape, rowCount, declaredCount)
    (self.oddRows, self.fetchedAt, self.digest, self.isFiller) = (oddRows, fetchedAt, digest, isFiller)
    rows = LazyRowTable()
    lazyFacts = LazyFacts(facts)
    cost = body.readableBytes + facts.cost + LazyRowTable.cost(rows: rowCount)
  }

  /// One that was read before, perhaps by another process.
  ///
  /// - Parameter facts: reads them from the body, if somebody wants them.
  init(
    body: ByteBuffer, shape: SectionShape, findings: BodyFindings, fetchedAt: Timestamp,
    facts: @escaping @Sendable (ByteBuffer) -> SectionFacts
  ) {
    (self.body, self.shape, self.fetchedAt) = (body, shape, fetchedAt)
    (rowCount, declaredCount) = (Int(findings.rowCount), findings.declaredCount)
    (oddRows, digest, isFiller) = (Int(findings.oddRows), findings.digest, false)
    rows = LazyRowTable()
    lazyFacts = LazyFacts { facts(body) }
    cost = Int(findings.cost)
  }

  private init(_ section: Section, fetchedAt: Timestamp) {
    (body, shape, rowCount, declaredCount) = (section.body, section.shape, section.rowCount, section.declaredCount)
    (oddRows, digest, isFiller, cost) = (section.oddRows, section.digest, section.isFiller, section.cost)
    (rows, lazyFacts, self.fetchedAt) = (section.rows, section.lazyFacts, fetchedAt)
  }

  var facts: SectionFacts { lazyFacts.value }

  /// What the upstream sent.
  var received: ByteBuffer { isFiller ? ByteBuffer() : body }

  /// Answered, and empty.
  package var isEmpty: Bool { rowCount == 0 }

  /// The same data, known to be so since then.
  func fetched(at moment: Timestamp) -> Section { Section(self, fetchedAt: moment) }

  /// For whoever gets it from Redis; nil for what has not been hashed.
  var findings: BodyFindings? {
    guard let digest, !isFiller else { return nil }
    return BodyFindings(digest: digest, rowCount: rowCount, declaredCount: declaredCount, oddRows: oddRows, cost: cost)
  }
}

/// What the computed parts of a document need to know of a section. Which facts are taken is decided by the section's name: what
/// is computed from a section is code, everything else about it is configuration.
enum SectionFacts: Sendable {
  case none
  case users(UserDirectory)
  case accounts(AccountFacts)
  case posts(PostFacts)

  /// In bytes. Rankings are of a fixed number of rows.
  fileprivate var cost: Int {
    switch self {
    case .none: 0
    case .users(let directory): directory.cost
    case .accounts, .posts: 2048
    }
  }
}
