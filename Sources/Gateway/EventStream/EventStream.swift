import EventLoops
import NIOCore
import Resilience

/// Who carries a stream: a connection of HTTP/1, or a stream of HTTP/2. Belongs to a loop.
protocol EventStreamSink: AnyObject {
  /// Whether each event has to be a chunk.
  var isChunked: Bool { get }
  /// Whether the client takes more.
  var takesMore: Bool { get }
  /// Sends the pieces at once.
  func carry(_ pieces: [ByteBuffer])
  /// The client takes nothing for now: its time runs.
  func carryStalled()
  /// The stream is whole.
  func carriedAll()
  /// Ends without another word.
  func cutStream()
}

/// A stream of events to one client. Belongs to the loop of its connection, which tells it when the client takes more and when it has left.
final class EventStream {
  private enum State { case open, ending, closed }

  private var closed: (() -> Void)?
  /// Given back when it ends; nil where streams are not counted out.
  var place: EventStreamPlace?
  /// Its place among the streams of the loop.
  var slot: Int?
  private let rules: EventStreamRules
  private let counts: EventStreamCounts
  private let ends: NIODeadline
  /// Nil when it is over.
  private var sink: (any EventStreamSink)?
  private var backlog: EventBacklog
  private var state = State.open
  private var lastSign: NIODeadline
  private var lastProof: NIODeadline
  /// Owned by it: asks whether who listens is still let in.
  private var proof: Task<Void, Never>?

  /// So much is given to the connection in one go.
  private static let portion = 64 * 1024
  private static let proofPeriod = TimeAmount.seconds(5)

  init(_ rules: EventStreamRules, carriedBy sink: any EventStreamSink, _ counts: EventStreamCounts, at now: NIODeadline) {
    self.rules = rules
    self.sink = sink
    self.counts = counts
    backlog = EventBacklog(limit: rules.maxBacklog)
    lastSign = now
    lastProof = now
    let tenth = max(rules.maxAge.nanoseconds / 10, 0)
    ends = now + rules.maxAge + .nanoseconds(.random(in: -tenth...tenth))
  }

  /// - Parameter closed: called once, when nothing can be sent any more, whatever the reason is; at once where that is so.
  func whenClosed(_ closed: @escaping () -> Void) {
    if sink == nil { closed() } else { self.closed = closed }
  }

  /// Tells the client. One that is too far behind is cut off.
  ///
  /// - Parameters:
  ///   - id: goes before the event: the line `id: …` of this client's, with its end.
  ///   - isOwed: part of what the client came for, see ``EventBacklog``.
  func send(_ event: EventBytes, id: ByteBuffer? = nil, isOwed: Bool = false) {
    guard let sink, state == .open else { return }
    var pieces = sink.isChunked ? event.chunked : event.plain
    if let id { pieces.insert(sink.isChunked ? id.asChunk : id, at: 0) }
    guard backlog.add(pieces, isOwed: isOwed) else {
      counts.droppedOne()
      return sink.cutStream()
    }
    pump()
  }

  /// Tells the client why, and when to come back, and ends. The last word.
  func end(_ reason: EventStreamEnd) {
    guard let sink, state == .open else { return }
    // Not all at once: those who are told together come back one by one.
    var event = ServerSentEvent(name: "end", retry: .random(in: 1000...5000))
    event.data = [ByteBuffer(string: "{\"reason\":\"\(reason.rawValue)\"}")]
    let bytes = EventBytes(event)
    _ = backlog.add(sink.isChunked ? bytes.chunked : bytes.plain, isOwed: true)
    state = .ending
    pump()
  }

  /// Writes to a client of which it is not known whether it is still there.
  func probe() {
    if backlog.isEmpty { send(ServerSentEvent.heartbeat) }
  }

  /// Looks after its times.
  ///
  /// - Returns: whether that took some work; there is a bound to how much of it is done in one go.
  func look(at now: NIODeadline, _ wall: Timestamp, isDraining: Bool, _ executor: EventLoopExecutor) -> Bool {
    guard state == .open else { return false }
    if let reason = reasonToEnd(at: now, wall, isDraining: isDraining) {
      end(reason)
      return true
    }
    var hasWorked = false
    if let isLetIn = rules.isLetIn, now - lastProof >= Self.proofPeriod {
      lastProof = now
      prove(isLetIn, executor)
      hasWorked = true
    }
    guard now - lastSign >= rules.heartbeat, backlog.isEmpty, sink?.takesMore == true else { return hasWorked }
    send(ServerSentEvent.heartbeat)
    return true
  }

  private func prove(_ isLetIn: @escaping @Sendable () async -> Bool, _ executor: EventLoopExecutor) {
    let stream = NIOLoopBound(self, eventLoop: executor.eventLoop)
    executor.start {
      let isStillLetIn = await isLetIn()
      // A task that is done still takes kilobytes.
      stream.value.proof = nil
      if !isStillLetIn { stream.value.end(.expired) }
    } started: {
      proof = $0
    }
  }

  private func reasonToEnd(at now: NIODeadline, _ wall: Timestamp, isDraining: Bool) -> EventStreamEnd? {
    if isDraining { return .draining }
    if let proofEnds = rules.proofEnds, proofEnds <= wall { return .expired }
    if rules.isOver() { return .reloaded }
    return ends <= now ? .maxAge : nil
  }
}

// MARK: What the connection tells

extension EventStream {
  /// Sends on as much as the client takes.
  func pump() {
    while let sink, !backlog.isEmpty, sink.takesMore {
      lastSign = .now()
      sink.carry(backlog.next(atMost: Self.portion))
    }
    guard let sink else { return }
    if backlog.isEmpty, state == .ending {
      state = .closed
      sink.carriedAll()
    } else if !sink.takesMore {
      sink.carryStalled()
    }
  }

  /// The client has left, or has been told all.
  func over() {
    guard sink != nil else { return }
    sink = nil
    state = .closed
    proof?.cancel()
    proof = nil
    backlog = EventBacklog(limit: 0)
    let closed = closed.take()
    closed?()
  }
}
