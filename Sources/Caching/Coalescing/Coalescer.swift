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

  private let shards: [CoalescerShard<Outcome>]

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
    shard(of: key).state.withLock { state in
      let number = state.nextNumber()
      if let flight = state.flights[key]?.number {
        state.flights[key]?.waiters[number] = waiter
        return .wait(Ticket(flight: Flight(key: key, number: flight), number: number, leader: state.flights[key]?.leader ?? ""))
      }
      state.flights[key] = CoalescerShard.InFlight(number: number, leader: name, isWanted: false, waiters: [number: waiter])
      return .lead(Ticket(flight: Flight(key: key, number: number), number: number, leader: name))
    }
  }

  /// How the flight's call is given up, when nobody wants it any more: called once, outside of every lock, on the thread of whoever
  /// leaves last. Never for a flight that has ended.
  package func begun(_ flight: Flight, cancel: @escaping @Sendable () -> Void) {
    shard(of: flight.key).state.withLock { state in
      guard state.flights[flight.key]?.number == flight.number else { return }
      state.flights[flight.key]?.cancel = cancel
    }
  }

  /// Begins a flight that nobody waits for yet, a refresh in the background: it goes on when whoever joined it leaves.
  ///
  /// - Returns: nil when a call is in flight already. That one then goes on without waiters as well.
  package func begin(_ key: CacheKey, by name: String = "") -> Flight? {
    shard(of: key).state.withLock { state in
      guard state.flights[key] == nil else {
        state.flights[key]?.isWanted = true
        return nil
      }
      let number = state.nextNumber()
      state.flights[key] = CoalescerShard.InFlight(number: number, leader: name, isWanted: true, waiters: [:])
      return Flight(key: key, number: number)
    }
  }

  /// Ends the flight and gives back those who wait, each to be told once. Empty for a flight that has ended before.
  package func finish(_ flight: Flight) -> [Waiter] {
    let ended: CoalescerShard<Outcome>.InFlight? = shard(of: flight.key).state.withLock { state in
      guard state.flights[flight.key]?.number == flight.number else { return nil }
      return state.flights.removeValue(forKey: flight.key)
    }
    return ended.map { Array($0.waiters.values) } ?? []
  }

  /// Ends the flight and tells all who wait.
  ///
  /// - Returns: how many that were.
  @discardableResult package func finish(_ flight: Flight, with outcome: Outcome) -> Int {
    let waiters = finish(flight)
    for waiter in waiters { waiter(outcome) }
    return waiters.count
  }

  /// Waits no longer. The last one out gives up the call.
  package func leave(_ ticket: Ticket) -> Departure {
    let flight = ticket.flight
    // The closure is let go outside of the lock.
    let (departure, waiter, cancel): (Departure, Waiter?, (@Sendable () -> Void)?) = shard(of: flight.key).state.withLock {
      state in
      guard state.flights[flight.key]?.number == flight.number,
        let waiter = state.flights[flight.key]?.waiters.removeValue(forKey: ticket.number)
      else { return (.alreadyTold, nil, nil) }
      guard let left = state.flights[flight.key], left.waiters.isEmpty, !left.isWanted else { return (.left, waiter, nil) }
      state.flights[flight.key] = nil
      return (.leftLast, waiter, left.cancel)
    }
    _ = waiter
    cancel?()
    return departure
  }

  /// Calls in flight, and those who wait for them.
  package var load: (flights: Int, waiters: Int) {
    shards.reduce(into: (flights: 0, waiters: 0)) { sum, shard in
      shard.state.withLock {
        sum.flights += $0.flights.count
        for flight in $0.flights.values { sum.waiters += flight.waiters.count }
      }
    }
  }

  private func shard(of key: CacheKey) -> CoalescerShard<Outcome> {
    shards[Int(truncatingIfNeeded: key.words.3) & (shards.count - 1)]
  }
}

private final class CoalescerShard<Outcome: Sendable>: Sendable {
  struct InFlight: Sendable {
    let number: UInt64
    /// The name of whoever began it.
    let leader: String
    /// Whether it goes on when nobody waits.
    var isWanted: Bool
    var waiters: [UInt64: @Sendable (Outcome) -> Void]
    var cancel: (@Sendable () -> Void)?
  }

  struct State: Sendable {
    var flights: [CacheKey: InFlight] = [:]
    private var number: UInt64 = 0

    mutating func nextNumber() -> UInt64 {
      number += 1
      return number
    }
  }

  let state = Mutex(State())
}
