import Synchronization

/// The books of some of a ``Coalescer``'s flights. It knows its waiters as objects only, so that it is compiled once for all outcomes: a
/// dictionary of closures that take what is known at run time only costs a look-up of its type at each step.
final class CoalescerShard: Sendable {
  typealias Waiter = any AnyObject & Sendable

  private struct InFlight: Sendable {
    let number: UInt64
    /// The name of whoever began it.
    let leader: String
    /// Whether it goes on when nobody waits.
    var isWanted: Bool
    var waiters: [UInt64: Waiter]
    var cancel: (@Sendable () -> Void)?
  }

  private struct State: Sendable {
    var flights: [CacheKey: InFlight] = [:]
    private var number: UInt64 = 0

    mutating func nextNumber() -> UInt64 {
      number += 1
      return number
    }
  }

  private let state = Mutex(State())

  /// - Returns: the numbers of the flight and of the waiter; the leader's name, nil for the one who leads.
  func join(_ key: CacheKey, by name: String, _ waiter: Waiter) -> (flight: UInt64, waiter: UInt64, leader: String?) {
    state.withLock { state in
      let number = state.nextNumber()
      if let flight = state.flights[key]?.number {
        state.flights[key]?.waiters[number] = waiter
        return (flight, number, state.flights[key]?.leader ?? "")
      }
      state.flights[key] = InFlight(number: number, leader: name, isWanted: false, waiters: [number: waiter])
      return (number, number, nil)
    }
  }

  func begun(_ key: CacheKey, _ flight: UInt64, _ cancel: @escaping @Sendable () -> Void) {
    state.withLock { state in
      guard state.flights[key]?.number == flight else { return }
      state.flights[key]?.cancel = cancel
    }
  }

  /// - Returns: the flight's number; nil when one is in flight, which is wanted from then on.
  func begin(_ key: CacheKey, by name: String) -> UInt64? {
    state.withLock { state in
      guard state.flights[key] == nil else {
        state.flights[key]?.isWanted = true
        return nil
      }
      let number = state.nextNumber()
      state.flights[key] = InFlight(number: number, leader: name, isWanted: true, waiters: [:])
      return number
    }
  }

  /// - Returns: who waited; nobody for a flight that has ended before.
  func finish(_ key: CacheKey, _ flight: UInt64) -> [UInt64: Waiter] {
    let ended: InFlight? = state.withLock { state in
      guard state.flights[key]?.number == flight else { return nil }
      return state.flights.removeValue(forKey: key)
    }
    return ended?.waiters ?? [:]
  }

  /// - Returns: the waiter, to be let go outside of the lock, nil for one who was told; and whether it was the last, with the way to give
  ///   up the call.
  func leave(_ key: CacheKey, _ flight: UInt64, _ waiter: UInt64) -> (
    waiter: Waiter?, isLast: Bool, cancel: (@Sendable () -> Void)?
  ) {
    state.withLock { state in
      guard state.flights[key]?.number == flight, let waiter = state.flights[key]?.waiters.removeValue(forKey: waiter) else {
        return (nil, false, nil)
      }
      guard let left = state.flights[key], left.waiters.isEmpty, !left.isWanted else { return (waiter, false, nil) }
      state.flights[key] = nil
      return (waiter, true, left.cancel)
    }
  }

  var load: (flights: Int, waiters: Int) {
    state.withLock { state in (state.flights.count, state.flights.values.reduce(0) { $0 + $1.waiters.count }) }
  }
}
