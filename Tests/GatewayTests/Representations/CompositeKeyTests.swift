import Aggregation
import TestSupport
import Testing

@testable import Gateway

@Suite struct CompositeKeyTests {
  private static func key(_ sections: [(UInt64, UInt8)], kind: DocumentKind = .summary) -> CompositeKey {
    var key = CompositeKey(kind: kind)
    for (number, state) in sections { key.add(SectionIdentity(high: number & ~1, low: number & 1), state: state) }
    return key
  }

  @Test(arguments: 0...20) func itIsEqualToItselfOnly(count: Int) {
    let sections = (0..<count).map { (UInt64($0) + 100, UInt8($0)) }
    let key = Self.key(sections)
    #expect(key == Self.key(sections))
    #expect(key.hashValue == Self.key(sections).hashValue)
    #expect(key != Self.key(sections, kind: .consolidated))
    #expect(key != Self.key(sections + [(0, 0)]))
    for place in sections.indices {
      var other = sections
      // The one half, and the other.
      other[place].0 ^= 1
      #expect(key != Self.key(other))
      other[place].0 ^= 3
      #expect(key != Self.key(other))
      other = sections
      other[place].1 ^= 0x80
      #expect(key != Self.key(other))
      #expect(key != Self.key(Array(sections.dropLast())))
    }
  }

  @Test(arguments: [4, 8, 12]) func theOrderOfSectionsCounts(count: Int) {
    let sections = (1...count).map { (UInt64($0), UInt8(0)) }
    #expect(Self.key(sections) != Self.key(sections.reversed()))
  }

  /// Small versions and states on both sides of the eighth section, against a plain array as the judge.
  @Test func twoKeysAreEqualJustIfTheirPartsAre() {
    var random = SeededGenerator(seed: 6)
    for _ in 0..<20_000 {
      let count = random.draw(6..<11)
      let left = (0..<count).map { _ in (UInt64(random.draw(0..<2)), UInt8(random.draw(0..<2))) }
      var right = left
      if random.once(in: 2), let place = right.indices.randomElement(using: &random) {
        right[place] = (UInt64(random.draw(0..<2)), UInt8(random.draw(0..<2)))
      }
      let areEqual = zip(left, right).allSatisfy { $0 == $1 }
      #expect((Self.key(left) == Self.key(right)) == areEqual)
    }
  }
}
