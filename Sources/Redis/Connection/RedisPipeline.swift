import NIOCore

/// The commands of one connection that wait for replies, in order: a value, told what has happened, that answers with what to do.
///
/// Redis answers in order and says nothing else, so a reply belongs to the oldest command. A connection on which that could ever go
/// wrong is used no more: one command too late closes it, with all that wait on it; one that its caller has given up lets those who
/// were sent with it get their replies, takes no other, and closes it then.
struct RedisPipeline<Waiter> {
  enum Action {
    /// Give the reply to this one. `close`: it was the last that a retiring connection had to answer.
    case answer(Waiter?, close: Bool)
    /// Close the connection and fail whatever `removeAll` gives out.
    case close(RedisError)
    case none
  }

  enum Submission: Equatable {
    /// Write it; the ticket is for `cancelled`.
    case write(ticket: Int)
    case refuse(RedisError)
  }

  private struct Entry {
    /// Nil: nobody wants the reply any more.
    var waiter: Waiter?
    var deadline: NIODeadline
    var bytes: Int
  }

  private enum Phase {
    case open
    /// Takes no command; is closed when the last reply has come.
    case retiring
    case closed
  }

  private let maxOutstanding: Int
  private let maxBytes: Int
  private var phase = Phase.open
  private var entries = CircularBuffer<Entry>()
  /// The ticket of the oldest entry: tickets are numbered from 0.
  private var firstTicket = 0
  /// Of the commands that wait for replies: what a server that reads nothing leaves in our memory.
  private var bytes = 0
  /// The oldest ticket at the last look.
  private var lookedAt: Int?
  /// False from a look that finds the oldest command where the look before found it, until the next reply.
  private(set) var isResponsive = true

  /// - Parameter maxBytes: of all commands that wait for replies; one alone may be larger.
  init(maxOutstanding: Int, maxBytes: Int = .max) {
    self.maxOutstanding = max(maxOutstanding, 1)
    self.maxBytes = max(maxBytes, 0)
  }

  var isOpen: Bool { phase == .open }
  var isClosed: Bool { phase == .closed }
  var outstanding: Int { entries.count }

  /// When `timePassed` is due: the earliest deadline.
  var nextDeadline: NIODeadline? {
    var earliest: NIODeadline?
    for entry in entries { earliest = min(earliest ?? entry.deadline, entry.deadline) }
    return earliest
  }

  /// A command is about to be written.
  mutating func submitted(_ waiter: Waiter, bytes size: Int = 0, until deadline: NIODeadline) -> Submission {
    guard phase == .open else { return .refuse(.unavailable) }
    guard entries.count < maxOutstanding, entries.isEmpty || size <= maxBytes - bytes else { return .refuse(.overloaded) }
    entries.append(Entry(waiter: waiter, deadline: deadline, bytes: size))
    bytes += size
    return .write(ticket: firstTicket &+ entries.count &- 1)
  }

  /// A reply has come.
  mutating func replied() -> Action {
    guard phase != .closed else { return .none }
    guard let entry = entries.popFirst() else { return close(.protocolViolation) }
    firstTicket &+= 1
    bytes -= entry.bytes
    isResponsive = true
    let isLast = phase == .retiring && entries.isEmpty
    if isLast { phase = .closed }
    return .answer(entry.waiter, close: isLast)
  }

  /// The caller of a command has gone. The waiter is forgotten.
  mutating func cancelled(ticket: Int) -> Action {
    let offset = ticket &- firstTicket
    guard phase != .closed, offset >= 0, offset < entries.count else { return .none }
    let index = entries.index(entries.startIndex, offsetBy: offset)
    guard entries[index].waiter != nil else { return .none }
    entries[index].waiter = nil
    return retired()
  }

  /// The connection is to be used by nobody new.
  mutating func retired() -> Action {
    guard phase != .closed else { return .none }
    phase = .retiring
    let isWanted = entries.contains { $0.waiter != nil }
    return isWanted ? .none : close(.cancelled)
  }

  /// Closes the connection when any command is over its deadline: what comes for it would be read by nobody.
  mutating func timePassed(at now: NIODeadline) -> Action {
    guard phase != .closed, entries.contains(where: { $0.deadline <= now }) else { return .none }
    return close(.timeout)
  }

  /// To be called at even distances while commands wait. True: look again.
  mutating func looked() -> Bool {
    guard phase != .closed, !entries.isEmpty else {
      lookedAt = nil
      return false
    }
    if lookedAt == firstTicket { isResponsive = false }
    lookedAt = firstTicket
    return true
  }

  /// The connection is gone, or not to be trusted.
  mutating func lost(_ error: RedisError) -> Action { phase == .closed ? .none : close(error) }

  /// Those who wait, after `close`: each with its deadline.
  mutating func removeAll() -> [(waiter: Waiter, deadline: NIODeadline)] {
    defer {
      firstTicket &+= entries.count
      entries.removeAll()
      bytes = 0
    }
    return entries.compactMap { entry in entry.waiter.map { ($0, entry.deadline) } }
  }

  private mutating func close(_ error: RedisError) -> Action {
    phase = .closed
    return .close(error)
  }
}

extension RedisPipeline.Action: Equatable where Waiter: Equatable {}
