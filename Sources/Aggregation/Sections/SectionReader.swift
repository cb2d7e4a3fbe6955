import Caching
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
  let clock: WallClock

  init(scanners: LoopLocal<JSONScanner>, workers: WorkerPool, clock: WallClock = .system) {
    self.scanners = scanners
    self.workers = workers
    self.clock = clock
  }

  /// Must be called on `eventLoop`.
  ///
  /// - Parameters:
  ///   - isKept: whether it gets a digest.
  ///   - completion: called once, on `eventLoop`; for all but big bodies before this returns.
  func read(
    _ body: ByteBuffer, as reading: SectionReading, for use: SectionUse, isKept: Bool = false, on eventLoop: any EventLoop,
    _ completion: @escaping (Result<Section, CallFailure>) -> Void
  ) {
    let fetchedAt = clock.now()
    if body.readableBytes == 0 {
      completion(.success(reading.empty(fetchedAt: fetchedAt)))
    } else if body.readableBytes <= Self.offLoopSize {
      completion(Self.section(from: body, as: reading, for: use, isKept: isKept, fetchedAt, with: scanners[eventLoop]))
    } else {
      let section = workers.run(for: eventLoop) {
        Self.section(from: body, as: reading, for: use, isKept: isKept, fetchedAt, with: JSONScanner())
      }
      // The future itself fails only when the pool has stopped.
      section.assumeIsolated().whenComplete { completion((try? $0.get()) ?? .failure(CallFailure(.cancelled))) }
    }
  }

  private static func section(
    from body: ByteBuffer, as reading: SectionReading, for use: SectionUse, isKept: Bool, _ fetchedAt: Timestamp,
    with scanner: JSONScanner
  ) -> Result<Section, CallFailure> {
    Result { () throws(CallFailure) in
      let section = try reading.section(from: body, for: use, isKept: isKept, fetchedAt: fetchedAt, with: scanner)
      reading.countOddRows(of: section)
      return section
    }
  }
}

/// What a section is wanted for: the less is wanted, the less is read.
enum SectionUse: Sendable {
  /// To stand in a document as it is.
  case splice
  /// To have the summary computed from it.
  case compute
}

/// How the body of one request for one section is read. Made once, from its definition, and used by every request.
final class SectionReading: Sendable {
  let shape: SectionShape
  let filler: String
  private let plans: (splice: ScanPlan, compute: ScanPlan)
  private let facts: FactsKind
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
      ScanPlan(members: shape.members),
      ScanPlan(members: shape.members, rows: shape.rows, columns: facts.columns)
    )
    oddRows = Counter(label: "tributary_odd_rows_total", dimensions: [("section", section)])
  }

  func empty(fetchedAt: Timestamp) -> Section {
    Section(
      body: ByteBuffer(string: filler), shape: .list, rowCount: 0, declaredCount: 0, oddRows: 0, facts: .none,
      fetchedAt: fetchedAt, isFiller: true)
  }

  func section(
    from body: ByteBuffer, for use: SectionUse, isKept: Bool = false, fetchedAt: Timestamp, with scanner: JSONScanner
  ) throws(CallFailure) -> Section {
    var plan = use == .splice ? plans.splice : plans.compute
    var index = try Self.scan(body, plan, scanner)
    if use == .splice, shape.hasOddRows(index, plan: plan) {
      // Rare: only a look at each row tells whether any of them is an object.
      plan = plans.compute
      index = try Self.scan(body, plan, scanner)
    }
    // Only a plan with rows counts them itself.
    let rowCount = shape.rowCount(of: index, plan: plan)
    guard shape.accepts(index, plan: plan), rowCount <= plan.maximumRows else { throw CallFailure(.wrongShape) }
    return body.withUnsafeReadableBytes { bytes in
      let declared = plan.position(ofMember: "count").flatMap { index.member($0).cell.saturatingInt64(in: bytes) }
      let (facts, oddRows) = use == .splice ? (.none, index.rowsNotObjects) : facts(from: index, body, bytes)
      return Section(
        body: body, shape: shape, rowCount: rowCount, declaredCount: declared ?? Int64(rowCount),
        oddRows: oddRows, facts: facts, fetchedAt: fetchedAt, digest: isKept ? BodyDigest(hashing: body) : nil)
    }
  }

  /// A section that was read before, as ``section(from:for:isKept:fetchedAt:with:)`` would find it; its facts are read when they are
  /// wanted. Nil for bodies that would hold up the loop then.
  func section(from envelope: Envelope) -> Section? {
    guard let findings = envelope.findings, envelope.body.readableBytes <= SectionReader.offLoopSize else { return nil }
    return Section(body: envelope.body, shape: shape, findings: findings, fetchedAt: envelope.freshness.fetchedAt) { [self] in
      facts(in: $0)
    }
  }

  /// None in what is no JSON: somebody who can write to Redis has passed it off.
  private func facts(in body: ByteBuffer) -> SectionFacts {
    do throws(CallFailure) {
      let index = try Self.scan(body, plans.compute, JSONScanner())
      return body.withUnsafeReadableBytes { facts(from: index, body, $0).facts }
    } catch {
      return .none
    }
  }

  private static func scan(_ body: ByteBuffer, _ plan: ScanPlan, _ scanner: JSONScanner) throws(CallFailure) -> JSONIndex {
    do {
      return try body.withUnsafeReadableBytes { bytes throws(JSONError) in try scanner.scan(bytes, plan: plan) }
    } catch {
      throw CallFailure(error.code == .empty || error.code == .tooManyRows ? .wrongShape : .notJSON)
    }
  }

  private func facts(
    from index: JSONIndex, _ body: ByteBuffer, _ bytes: UnsafeRawBufferPointer
  ) -> (facts: SectionFacts, oddRows: Int) {
    switch facts {
    case .none: return (.none, index.rowsNotObjects)
    case .users: return (.users(UserDirectory(index, body: body)), index.rowsNotObjects)
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
