import Synchronization
import TestSupport
import Testing

@testable import Caching

@Suite struct CoalescerTests {
  private typealias Calls = Coalescer<Int>
  private let key = CacheKey(number: 1)

  /// What a waiter was told.
  private final class Told: Sendable {
    let outcomes = Mutex<[Int]>([])
    var waiter: Calls.Waiter { { outcome in self.outcomes.withLock { $0.append(outcome) } } }
    var all: [Int] { outcomes.withLock { $0 } }
  }

  private func ticket(_ role: Calls.Role) -> Calls.Ticket {
    switch role {
    case .lead(let ticket), .wait(let ticket): ticket
    }
  }

  private func isLead(_ role: Calls.Role) -> Bool {
    if case .lead = role { true } else { false }
  }

  @Test func theFirstLeadsAndAllAreToldTheSame() {
    let calls = Calls(shards: 2)
    let told = [Told(), Told(), Told()]
    let roles = told.map { calls.join(key, $0.waiter) }
    #expect(roles.map(isLead) == [true, false, false])
    #expect(isLead(calls.join(CacheKey(number: 2), Told().waiter)))
    #expect(calls.load == (flights: 2, waiters: 4))
    #expect(calls.finish(ticket(roles[0]).flight, with: 7) == 3)
    #expect(told.map(\.all) == [[7], [7], [7]])
    #expect(calls.finish(ticket(roles[0]).flight, with: 8) == 0)
    #expect(isLead(calls.join(key, Told().waiter)))
  }

  @Test func theCallGoesOnWhenTheOneWhoBeganItLeaves() {
    let calls = Calls()
    let (first, second) = (Told(), Told())
    let (lead, wait) = (ticket(calls.join(key, first.waiter)), ticket(calls.join(key, second.waiter)))
    #expect(calls.leave(lead) == .left)
    #expect(!isLead(calls.join(key, Told().waiter)))
    #expect(calls.finish(lead.flight, with: 1) == 2)
    #expect((first.all, second.all) == ([], [1]))
    #expect(calls.leave(wait) == .alreadyTold)
  }

  @Test func whenTheLastLeavesTheNextBeginsAnotherCall() {
    let calls = Calls()
    let (gone, next) = (Told(), Told())
    let old = ticket(calls.join(key, gone.waiter))
    #expect(calls.leave(old) == .leftLast)
    #expect(calls.leave(old) == .alreadyTold)
    let role = calls.join(key, next.waiter)
    #expect(isLead(role))
    // The old call ends late: not a word of it to those who wait for the new one.
    #expect(calls.finish(old.flight, with: 1) == 0)
    #expect(calls.finish(ticket(role).flight, with: 2) == 1)
    #expect((gone.all, next.all) == ([], [2]))
  }

  @Test func aRefreshInTheBackgroundGoesOnWithoutWaiters() throws {
    let calls = Calls()
    let flight = try #require(calls.begin(key))
    #expect(calls.begin(key) == nil)
    let told = Told()
    let role = calls.join(key, told.waiter)
    #expect(!isLead(role))
    #expect(calls.leave(ticket(role)) == .left)
    #expect(!isLead(calls.join(key, told.waiter)))
    #expect(calls.finish(flight, with: 3) == 1)
    #expect(told.all == [3])
  }

  @Test func aRefreshThatFindsACallKeepsItGoing() {
    let calls = Calls()
    let lead = ticket(calls.join(key, Told().waiter))
    #expect(calls.begin(key) == nil)
    #expect(calls.leave(lead) == .left)
    #expect(calls.load == (flights: 1, waiters: 0))
  }

  @Test func aWaiterMayAskAgainWhileItIsTold() {
    let calls = Calls(shards: 1)
    let (key, books, told) = (key, Books(), Told())
    let lead = ticket(
      calls.join(key) { _ in
        if case .lead(let ticket) = calls.join(key, told.waiter) { books.leads.withLock { $0.append(ticket.flight) } }
      })
    calls.finish(lead.flight, with: 1)
    #expect(books.leads.withLock { $0.map { calls.finish($0, with: 2) } } == [1])
    #expect(told.all == [2])
  }

  private final class Books: Sendable {
    let departures = Mutex<[Int: Calls.Departure]>([:])
    let leads = Mutex<[Calls.Flight]>([])
  }

  /// Each waiter of 4 threads is told once or has left; never both, never neither.
  @Test func everyWaiterIsToldOnceOrHasLeft() async {
    let calls = Calls(shards: 4)
    let keys = (0..<5).map { CacheKey(number: $0) }
    let count = 8000
    let told = (0..<4 * count).map { _ in Told() }
    let books = Books()
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { @concurrent in
          var random = SeededGenerator(seed: UInt64(thread))
          var held: [(Int, Calls.Ticket)] = []
          for number in thread * count..<(thread + 1) * count {
            let role = calls.join(keys[random.draw(0..<keys.count)], told[number].waiter)
            if case .lead(let ticket) = role { books.leads.withLock { $0.append(ticket.flight) } }
            held.append((number, ticket(role)))
            if random.draw(0..<2) == 0 {
              // At once, or long after: most of those have been told.
              let (leaver, ticket) = held.remove(at: random.draw(0..<2) == 0 ? held.count - 1 : random.draw(0..<held.count))
              let departure = calls.leave(ticket)
              books.departures.withLock { $0[leaver] = departure }
            }
            if random.draw(0..<4) == 0, let flight = books.leads.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
              calls.finish(flight, with: number)
            }
          }
        }
      }
    }
    for flight in books.leads.withLock({ $0 }) { calls.finish(flight, with: -1) }
    #expect(calls.load == (flights: 0, waiters: 0))
    let left = books.departures.withLock { $0 }
    for (number, told) in told.enumerated() {
      let hasLeft = left[number] == .left || left[number] == .leftLast
      #expect(told.all.count == (hasLeft ? 0 : 1))
    }
    #expect(left.values.contains(.left) && left.values.contains(.leftLast) && left.values.contains(.alreadyTold))
  }
}
