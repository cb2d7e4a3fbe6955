import Testing
import TestSupport

@testable import Aggregation

@Suite struct PlaceTableTests {
  /// The places that a table gives to things one after the other.
  private func places(of things: [Int], expecting: Int = 0, hash: (Int) -> UInt64) -> [Int] {
    var table = PlaceTable(things: expecting)
    var seen: [Int] = []
    return things.map { thing in
      let place = table.place(hash: hash(thing)) { seen[$0] == thing }
      if place == seen.count { seen.append(thing) }
      #expect(table.count == seen.count)
      return place
    }
  }

  /// The same from a dictionary.
  private func reference(of things: [Int]) -> [Int] {
    var seen: [Int: Int] = [:]
    return things.map { thing in
      let place = seen[thing] ?? seen.count
      seen[thing] = place
      return place
    }
  }

  private func randomThings(_ count: Int, of kinds: Int, seed: UInt64) -> [Int] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in random.draw(0..<kinds) }
  }

  @Test func thingsAreNumberedAsTheyAreFirstSeen() {
    #expect(places(of: [7, 9, 7, 3, 9, 3], hash: UInt64.init) == [0, 1, 0, 2, 1, 2])
  }

  @Test(arguments: [0, 1, 8, 40, 5000]) func whateverWasGuessedItGivesTheSamePlaces(_ expecting: Int) {
    let things = randomThings(5000, of: 1500, seed: 1)
    let spread = { (thing: Int) in UInt64(thing) &* 0x9E37_79B9_7F4A_7C15 }
    #expect(places(of: things, expecting: expecting, hash: spread) == reference(of: things))
  }

  @Test func thingsThatCollideAreKeptApart() {
    let things = randomThings(1000, of: 200, seed: 2)
    #expect(places(of: things) { _ in 42 } == reference(of: things))
    #expect(places(of: things) { _ in .max } == reference(of: things))
    // Different hashes that all begin at the same slot, and at the last, so that the search goes round.
    #expect(places(of: things) { UInt64($0) << 32 } == reference(of: things))
    #expect(places(of: things) { UInt64($0) << 32 | 0xFFFF_FFFF } == reference(of: things))
    #expect(places(of: things) { UInt64($0 % 3) } == reference(of: things))
  }

  @Test func manyAccountsAndOwnersAreRankedAsInADictionary() throws {
    let names = randomThings(3000, of: 700, seed: 3)
    let items = names.map { post(account: "\"creator.\($0)\"", engagement: "0.5") }
    let top = try postFacts(items).topAccounts
    let counts = names.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let most = counts.values.sorted(by: >).prefix(5)
    #expect(top.map(\.posts) == Array(most))
    #expect(top.allSatisfy { counts[Int($0.account.dropFirst(8)) ?? -1] == $0.posts })
    let owners = try accountFacts(names.map { #"{"userId":\#($0)}"# }).topOwners
    #expect(owners.map(\.accounts) == Array(most))
  }
}
