import NIOCore

/// Happy eyeballs (RFC 8305 §5): when which address of a list is tried, until one is connected. A value, told what has happened,
/// that answers with what to do about it.
///
/// An address that fails makes way for the next at once. One that does not answer makes way, and stays in the race, after a
/// share of the time left: a fifth, or less where there are more addresses, within 10–250 ms (RFC 8305 §8).
///
/// | Time left | Addresses | Next after |
/// |---|---|---|
/// | 250 ms | 2–5 | 50 ms |
/// | 250 ms | 10 | 25 ms |
/// | 2 s | 2–5 | 250 ms |
///
/// NIO's own race waits for 250 ms always: all that a connection has by default, so that a first address behind which nobody
/// answers would be the only one tried.
struct ConnectionRace {
  enum Action: Equatable {
    /// Try the address at this index.
    case connect(Int)
    /// Nothing, until something happens or `nextEvent` comes.
    case wait
    /// No address could be connected to: close what is under way.
    case lose(TransportError)
  }

  private let count: Int
  private let deadline: NIODeadline
  private var delay = TimeAmount.zero
  private var nextStart: NIODeadline
  /// How many addresses were tried, in order, from the first.
  private(set) var started = 0
  private var underWay: Set<Int> = []
  private var errors: [TransportError] = []
  private(set) var isOver = false

  /// - Parameter count: how many addresses there are.
  init(count: Int, deadline: NIODeadline) {
    self.count = count
    self.deadline = deadline
    self.nextStart = deadline
  }

  /// When `timePassed` is due. Nil when the race is over.
  var nextEvent: NIODeadline? {
    guard !isOver else { return nil }
    return started < count ? min(nextStart, deadline) : deadline
  }

  mutating func begun(at now: NIODeadline) -> Action {
    let share = (deadline - now).nanoseconds / Int64(max(5, count))
    delay = min(max(.nanoseconds(share), .milliseconds(10)), .milliseconds(250))
    return goOn(at: now)
  }

  /// The attempt at an address has failed.
  mutating func failed(_ index: Int, _ error: TransportError, at now: NIODeadline) -> Action {
    guard !isOver, underWay.remove(index) != nil else { return .wait }
    errors.append(error)
    return goOn(at: now)
  }

  /// An address is connected. False: another was faster, or time was; this connection is to be closed.
  mutating func connected(_ index: Int) -> Bool {
    guard !isOver, underWay.remove(index) != nil else { return false }
    isOver = true
    return true
  }

  mutating func timePassed(at now: NIODeadline) -> Action {
    guard !isOver else { return .wait }
    return now >= deadline || now >= nextStart ? goOn(at: now) : .wait
  }

  private mutating func goOn(at now: NIODeadline) -> Action {
    guard now < deadline else { return lose(.connectTimeout) }
    guard started < count else { return underWay.isEmpty ? lose(result) : .wait }
    defer { started += 1 }
    underWay.insert(started)
    nextStart = now + delay
    return .connect(started)
  }

  private mutating func lose(_ error: TransportError) -> Action {
    isOver = true
    return .lose(error)
  }

  private var result: TransportError { errors.first { $0.code == .connectRefused } ?? errors.first ?? .connectFailed }
}
