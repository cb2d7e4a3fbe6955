import NIOCore
import Synchronization

/// Many callers, one call: who asks for a key while a call for it is in flight waits for that one, on whichever loop either is.
///
/// It only keeps the books. Who is told to `lead` begins the call and sees to it that `finish` comes, whatever happens to the one who asked;
/// deadlines are the waiters' own business: who waits no longer leaves. Each waiter is told once, or has left; never both.
///
/// ```
/// join ─ lead ──▶ begins the call ───────────────▶ finish: all who wait are told, success or failure
///      └ wait ──▶ …                 leave: not told; the last one out may cancel the call
/// ```
package final class Coalescer<Outcome: Sendable>: Sendable {
  /// Tells a waiter. Runs on the thread that finishes, outside of every lock: it hops to its own loop.
  package typealias Waiter = @Sendable (Outcome) -> Void

  /// One call for one key.
  package struct Flight: Sendable, Hashable {
    package let key: CacheKey
    fileprivate let number: UInt64
  }

  /// A waiter's place in a flight.
  package struct Ticket: Sendable, Hashable {
    package let flight: Flight
    fileprivate let number: UInt64
    /// The name of whoever began the flight.
    package let leader: String
  }

  package enum Role: Sendable, Hashable {
    /// Begin the call of the ticket's flight; the waiter waits for it like the others.
    case lead(Ticket)
    /// The call is in flight already.
    case wait(Ticket)
  }

  package enum Departure: Sendable, Hashable {
    /// Gone; others wait, or the flight goes on without any.
    case left
    /// Gone, and nobody wants the call any more: it is given up. Who asks from now on leads another; finishing this one tells nobody.
    case leftLast
    /// The waiter is being told, or has been.
    case alreadyTold
  }

  private let shards: [CoalescerShard]

  /// - Parameter shards: rounded up to a power of two; by default four times the cores.
  package init(shards count: Int = 4 * System.coreCount) {
    let limited = min(max(count, 1), 1 << 14)
    let power = limited == 1 ? 1 : 1 << (Int.bitWidth - (limited - 1).leadingZeroBitCount)
    shards = (0..<power).map { _ in CoalescerShard() }
  }

  /// Waits for the key's call; the role says whether it has to be begun.
  ///
  /// - Parameter name: of who asks, for those who join.
  package func join(_ key: CacheKey, by name: String = "", _ waiter: @escaping Waiter) -> Role {
    let place = shard(of: key).join(key, by: name, FlightWaiter(waiter))
    let ticket = Ticket(flight: Flight(key: key, number: place.flight), number: place.waiter, leader: place.leader ?? name)
    return place.leader == nil ? .lead(ticket) : .wait(ticket)
  }

  /// How the flight's call is given up, when nobody wants it any more: called once, outside of every lock, on the thread of whoever
  /// leaves last. Never for a flight that has ended.
  package func begun(_ flight: Flight, cancel: @escaping @Sendable () -> Void) {
    shard(of: flight.key).begun(flight.key, flight.number, cancel)
  }

  /// Begins a flight that nobody waits for yet, a refresh in the background: it goes on when whoever joined it leaves.
  ///
  /// - Returns: nil when a call is in flight already. That one then goes on without waiters as well.
  package func begin(_ key: CacheKey, by name: String = "") -> Flight? {
    shard(of: key).begin(key, by: name).map { Flight(key: key, number: $0) }
  }

  /// Ends the flight and gives back those who wait, each to be told once. Empty for a flight that has ended before.
  package func finish(_ flight: Flight) -> [Waiter] {
    shard(of: flight.key).finish(flight.key, flight.number).values.map { Self.waiter($0).tell }
  }

  /// Ends the flight and tells all who wait.
  ///
  /// - Returns: how many that were.
  @discardableResult package func finish(_ flight: Flight, with outcome: Outcome) -> Int {
    let waiters = shard(of: flight.key).finish(flight.key, flight.number)
    for waiter in waiters.values { Self.waiter(waiter).tell(outcome) }
    return waiters.count
  }

  /// Waits no longer. The last one out gives up the call.
  package func leave(_ ticket: Ticket) -> Departure {
    let left = shard(of: ticket.flight.key).leave(ticket.flight.key, ticket.flight.number, ticket.number)
    guard left.waiter != nil else { return .alreadyTold }
    left.cancel?()
    return left.isLast ? .leftLast : .left
  }

  /// Calls in flight, and those who wait for them.
  package var load: (flights: Int, waiters: Int) {
    shards.reduce(into: (flights: 0, waiters: 0)) { sum, shard in
      let load = shard.load
      sum.flights += load.flights
      sum.waiters += load.waiters
    }
  }

  private func shard(of key: CacheKey) -> CoalescerShard {
    shards[Int(truncatingIfNeeded: key.words.3) & (shards.count - 1)]
  }

  /// All that are in its shards are its own.
  private static func waiter(_ kept: CoalescerShard.Waiter) -> FlightWaiter<Outcome> {
    unsafeDowncast(kept, to: FlightWaiter<Outcome>.self)
  }
}

private final class FlightWaiter<Outcome: Sendable>: Sendable {
  let tell: @Sendable (Outcome) -> Void

  init(_ tell: @escaping @Sendable (Outcome) -> Void) { self.tell = tell }
}
