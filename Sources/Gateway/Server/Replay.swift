import Aggregation
import Clients
import HTTPTypes
import Glibc
import Hummingbird
import NIOCore
import NIOHTTP1
import RateLimiting
import Resilience

/// On which terms an answer may be given again: to the same request, within its second.
struct ReplayTerms: Sendable {
  /// What stands in it is valid until then.
  let until: Timestamp
  /// Whether nothing has been purged since.
  let holds: @Sendable () -> Bool
  /// The body; empty where there is none.
  let pieces: [ByteBuffer]
  /// Where it counts that it is given again.
  var tally: DocumentTally?

  /// When an answer ends that holds so many milliseconds more, but no longer than the proof of who asked: nobody is let in by an answer
  /// that was given when the proof still held.
  static func end(remaining: Int64, proofEnds: Timestamp?, at now: Timestamp) -> Timestamp {
    let end = Timestamp(milliseconds: now.milliseconds + remaining)
    return proofEnds.map { min($0, end) } ?? end
  }
}

/// An answer that is ready to be given again: its head, but for what is different each time, and its body.
struct Replay {
  /// Writes the access line and the span, for the id, the fields and the time that a request took.
  typealias Line = @Sendable (_ requestID: String, _ fields: HTTPFields, _ took: Duration) -> Void
  /// Counts a request from that peer; nil where that takes asking others.
  typealias Count = @Sendable (_ peer: IPAddress?) -> RateLimitDecision?

  /// The status line and the fields, without `X-Request-Id`, `Date`, those of limits and the blank line.
  let head: ByteBuffer
  let terms: ReplayTerms
  let line: Line?
  /// How often it has been given.
  let tally: ReplayTally
  /// Nil where the request is not limited.
  let count: Count?

  /// - Parameter response: as it went out, to a request that keeps its connection.
  init(_ response: Response, _ terms: ReplayTerms, _ record: RequestRecord) {
    var response = response
    for name in [.requestID, .rateLimit, .rateLimitPolicy] as [HTTPField.Name] { response.headers[name] = nil }
    var head = ByteBuffer()
    head.writeAnswerHead(
      response, framing: AnswerFraming(of: response, toHead: false, isHTTP11: true), common: ByteBuffer(), keepsAlive: true,
      isHTTP11: true)
    // Without the blank line.
    head.moveWriterIndex(to: head.writerIndex - 2)
    self.head = head
    self.terms = terms
    line = record.line
    count = record.count
    tally = ReplayTally(terms.tally, record.again)
  }
}

/// The request that an answer belongs to: target and all fields, as they came, but for the request's id and its place in a trace, which
/// are different each time. Whoever sends the same is the same caller, asking the same.
struct ReplayKey: Hashable {
  private let uri: String
  private let headers: HTTPHeaders

  /// Nil for a request whose answer is not given again.
  init?(_ head: HTTPRequestHead) {
    guard head.method == .GET, head.version == .http1_1 else { return nil }
    uri = head.uri
    headers = head.headers
  }

  static func == (left: ReplayKey, right: ReplayKey) -> Bool {
    left.uri.hasBytes(of: right.uri) && left.headers.count == right.headers.count
      && zip(left.headers, right.headers).allSatisfy { left, right in
        left.name.hasBytes(of: right.name) && (left.value.hasBytes(of: right.value) || left.name.isOfOneRequest)
      }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(uri)
    for (name, value) in headers where !name.isOfOneRequest { hasher.combine(value) }
  }
}

extension String {
  /// Unlike `==`, which takes texts for the same that only look alike.
  fileprivate func hasBytes(of other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let inOneGo = utf8.withContiguousStorageIfAvailable { mine in
      other.utf8.withContiguousStorageIfAvailable { theirs in
        guard let mine = mine.baseAddress, let others = theirs.baseAddress else { return theirs.isEmpty }
        return memcmp(mine, others, theirs.count) == 0
      }
    }
    return (inOneGo ?? nil) ?? utf8.elementsEqual(other.utf8)
  }

  /// Whether the field says which request it is, and not what is asked.
  fileprivate var isOfOneRequest: Bool {
    switch utf8.count {
    case 10: isField("tracestate")
    case 11: isField("traceparent")
    case 12: isField("x-request-id")
    default: false
    }
  }
}

/// The answers of this second that may be given again without asking anybody: most requests of a busy second are the same few, and to look
/// four sections up, judge them and put their document together takes as long as everything else. Belongs to a loop.
///
/// What may be given again is complete, valid and from memory (``ReplayTerms``); what has changed since, it says a second later.
struct Replays {
  private var replays: [ReplayKey: Replay] = [:]
  /// Hashes of what was asked in this second.
  private var asked: Set<Int> = []
  private static let limit = 1024

  /// The answer to give again.
  func find(_ key: ReplayKey) -> Replay? {
    guard let replay = replays[key], replay.terms.holds(), Timestamp.now() < replay.terms.until else { return nil }
    return replay
  }

  /// Whether it has come before in this second, so that it is worth the work to keep its answer.
  mutating func wants(_ key: ReplayKey) -> Bool {
    guard replays.count < Self.limit else { return replays[key] != nil }
    let hash = key.hashValue
    if asked.contains(hash) { return true }
    if asked.count < Self.limit { asked.insert(hash) }
    return false
  }

  mutating func keep(_ replay: Replay, for key: ReplayKey) {
    let known = replays[key]
    known?.tally.settle()
    if replays.count < Self.limit || known != nil { replays[key] = replay }
  }

  /// Tells how often answers have been given again so far.
  func settle() { for replay in replays.values { replay.tally.settle() } }

  /// Another second has begun.
  mutating func clear() {
    settle()
    replays.removeAll(keepingCapacity: true)
    asked.removeAll(keepingCapacity: true)
  }
}
