package import NIOCore
package import Resilience

/// The data of one section as an upstream delivered it: validated bytes, and what was read from them on the way.
package struct Section: Sendable {
  /// What is spliced into a document, untouched.
  package let body: ByteBuffer
  package let shape: SectionShape
  /// Rows in the list; 1 for an object.
  package let rowCount: Int
  /// What the section itself says its size is (`metrics.count`), else `rowCount`.
  package let declaredCount: Int64
  /// Rows with something in them that could not be counted as what it should be.
  package let oddRows: Int
  let facts: SectionFacts
  package let fetchedAt: Timestamp
  /// Nothing was sent, and the body is ours.
  var isFiller = false
  /// Where its rows are; shared by all who have this body.
  var rows = LazyRowTable()

  /// What the upstream sent.
  var received: ByteBuffer { isFiller ? ByteBuffer() : body }

  /// Answered, and empty.
  package var isEmpty: Bool { rowCount == 0 }

  /// The same data, known to be so since then.
  func fetched(at moment: Timestamp) -> Section {
    Section(
      body: body, shape: shape, rowCount: rowCount, declaredCount: declaredCount, oddRows: oddRows, facts: facts,
      fetchedAt: moment, isFiller: isFiller, rows: rows)
  }

  /// What it takes to keep it, in bytes.
  var cost: Int { body.readableBytes + facts.cost + LazyRowTable.cost(rows: rowCount) }
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
