package import Caching
package import NIOCore
package import Resilience
import Synchronization

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
  private struct Known {
    /// Where its rows are, once somebody has asked.
    var rowTable: MadeRowTable?
    /// Known from the beginning, or read from the body when somebody asks first.
    var facts: SectionFacts?
  }

  private let known: Mutex<Known>
  private let readFacts: (@Sendable (ByteBuffer) -> SectionFacts)?
  /// What it takes to keep it, in bytes.
  let cost: Int

  init(
    body: ByteBuffer, shape: SectionShape, rowCount: Int, declaredCount: Int64, oddRows: Int, facts: SectionFacts,
    fetchedAt: Timestamp, digest: BodyDigest? = nil, isFiller: Bool = false
  ) {
    (self.body, self.shape, self.rowCount, self.declaredCount) = (body, shape, rowCount, declaredCount)
    (self.oddRows, self.fetchedAt, self.digest, self.isFiller) = (oddRows, fetchedAt, digest, isFiller)
    known = Mutex(Known(facts: facts))
    readFacts = nil
    cost = body.readableBytes + facts.cost + RowTable.cost(rows: rowCount)
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
    known = Mutex(Known())
    readFacts = facts
    cost = Int(findings.cost)
  }

  private init(_ section: Section, fetchedAt: Timestamp) {
    (body, shape, rowCount, declaredCount) = (section.body, section.shape, section.rowCount, section.declaredCount)
    (oddRows, digest, isFiller, cost) = (section.oddRows, section.digest, section.isFiller, section.cost)
    (readFacts, self.fetchedAt) = (section.readFacts, fetchedAt)
    known = Mutex(section.known.withLock { $0 })
  }

  /// Two who come at once read them twice, and nobody waits.
  var facts: SectionFacts {
    if let facts = known.withLock({ $0.facts }) { return facts }
    let facts = readFacts?(body) ?? .none
    known.withLock { $0.facts = facts }
    return facts
  }

  var isRowTableMade: Bool { known.withLock { $0.rowTable != nil } }

  /// Takes about a nanosecond a byte the first time. Two who come at once make it twice, and nobody waits.
  var rowTable: RowTable {
    if let made = known.withLock({ $0.rowTable }) { return made.table }
    let made = MadeRowTable(RowTable(of: self))
    known.withLock { $0.rowTable = made }
    return made.table
  }

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
