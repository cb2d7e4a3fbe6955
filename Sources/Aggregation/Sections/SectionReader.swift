import Clients
import EventLoops
import Metrics
import NIOCore
import RawJSON
import Resilience

/// Turns an upstream's answer into a section: validates the bytes once, checks their shape, takes the facts from them.
struct SectionReader: Sendable {
  /// Bodies over this many bytes are parsed off the event loop: at about 1 GB/s they would hold it up for more than 250 µs.
  static let offLoopSize = 256 * 1024

  private let scanners: LoopLocal<JSONScanner>
  private let workers: WorkerPool

  init(scanners: LoopLocal<JSONScanner>, workers: WorkerPool) {
    self.scanners = scanners
    self.workers = workers
  }

  /// Must run on `eventLoop`.
  func read(
    _ body: ByteBuffer, as reading: SectionReading, for use: SectionUse, on eventLoop: any EventLoop
  ) async throws(CallFailure) -> Section {
    let section: Section
    if body.readableBytes == 0 {
      section = reading.empty(fetchedAt: .now())
    } else if body.readableBytes <= Self.offLoopSize {
      section = try reading.section(from: body, for: use, fetchedAt: .now(), with: scanners[eventLoop])
    } else {
      section = try await readOffLoop(body, as: reading, for: use)
    }
    reading.countOddRows(of: section)
    return section
  }

  private func readOffLoop(
    _ body: ByteBuffer, as reading: SectionReading, for use: SectionUse
  ) async throws(CallFailure) -> Section {
    let fetchedAt = Timestamp.now()
    let result: Result<Section, CallFailure>
    do {
      result = try await workers.run {
        Result { () throws(CallFailure) in 
          try reading.section(from: body, for: use, fetchedAt: fetchedAt, with: JSONScanner())
        }
      }
    } catch {
      throw CallFailure(.cancelled)
    }
    return try result.get()
  }
}

/// What a section is wanted for: the less is wanted, the less is read.
enum SectionUse: Sendable {
  /// To stand in a document as it is.
  case splice
  /// To have the summary computed from it.
  case compute
}

/// How the body of one request for one section is read. Made once, from its definition.
struct SectionReading: Sendable {
  let shape: SectionShape
  let filler: String
  private let plans: (splice: ScanPlan, compute: ScanPlan)
  private let facts: FactsKind
  private let countPosition: Int?
  private let oddRows: Counter

  /// Which facts a section's rows hold; decided by its name.
  private enum FactsKind: String {
    case users
    case accounts = "scraped_accounts"
    case posts = "metrics"
    case none

    var columns: [String] {
      switch self {
      case .users: UserDirectory.columns
      case .accounts: AccountFacts.columns
      case .posts: PostRow.columns
      case .none: []
      }
    }
  }

  init(section: String, shape: SectionShape) {
    self.shape = shape
    facts = FactsKind(rawValue: section) ?? .none
    filler = shape.filler
    plans = (
      ScanPlan(members: shape.members, rows: shape.rows),
      ScanPlan(members: shape.members, rows: shape.rows, columns: facts.columns)
    )
    countPosition = plans.compute.position(ofMember: "count")
    oddRows = Counter(label: "tributary_odd_rows_total", dimensions: [("section", section)])
  }

  func empty(fetchedAt: Timestamp) -> Section {
    Section(
      body: ByteBuffer(string: filler), shape: .list, rowCount: 0, declaredCount: 0, oddRows: 0, facts: .none,
      fetchedAt: fetchedAt)
  }

  func section(
    from body: ByteBuffer, for use: SectionUse, fetchedAt: Timestamp, with scanner: JSONScanner
  ) throws(CallFailure) -> Section {
    let plan = use == .splice ? plans.splice : plans.compute
    let index: JSONIndex
    do {
      index = try body.withUnsafeReadableBytes { bytes throws(JSONError) in try scanner.scan(bytes, plan: plan) }
    } catch {
      throw CallFailure(error.code == .empty ? .wrongShape : .notJSON)
    }
    guard shape.accepts(index, plan: plan) else { throw CallFailure(.wrongShape) }
    return body.withUnsafeReadableBytes { bytes in
      let declared = countPosition.flatMap { index.member($0).cell.saturatingInt64(in: bytes) }
      let (facts, oddRows) = use == .splice ? (.none, 0) : facts(from: index, body, bytes)
      // An object that holds no list is one thing, and never empty.
      let rowCount = shape.rows == .none ? 1 : index.rowCount
      return Section(
        body: body, shape: shape, rowCount: rowCount, declaredCount: declared ?? Int64(rowCount),
        oddRows: oddRows + index.rowsNotObjects, facts: facts, fetchedAt: fetchedAt)
    }
  }

  private func facts(
    from index: JSONIndex, _ body: ByteBuffer, _ bytes: UnsafeRawBufferPointer
  ) -> (facts: SectionFacts, oddRows: Int) {
    switch facts {
    case .none: return (.none, 0)
    case .users: return (.users(UserDirectory(index, body: body)), 0)
    case .accounts:
      let accounts = AccountFacts(index, in: bytes)
      return (.accounts(accounts), accounts.oddRows)
    case .posts:
      let posts = PostFacts(index, in: bytes)
      return (.posts(posts), posts.oddRows)
    }
  }

  func countOddRows(of section: Section) {
    if section.oddRows > 0 { oddRows.increment(by: section.oddRows) }
  }
}
