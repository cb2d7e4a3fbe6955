import Aggregation
import NIOCore
import TestSupport
import Testing

@testable import Gateway

@Suite struct CompositeMemoTests {
  private static let overhead = CompositeMemo<Int>.entryBytes

  private static func composite(_ count: Int, _ text: String = "x") -> Composite {
    Composite(
      DocumentBody([ByteBuffer(repeating: UInt8(ascii: "["), count: count - text.utf8.count), ByteBuffer(string: text)]))
  }

  @Test func whatIsKeptIsFound() throws {
    let memo = CompositeMemo<Int>()
    #expect(memo.find(1) == nil)
    let composite = Self.composite(100)
    memo.keep(composite, for: 1)
    #expect(memo.find(1) === composite)
    #expect(memo.find(2) == nil)
    #expect(memo.count == 1)
    #expect(memo.bytes == 100 + Self.overhead)
  }

  @Test func theBoundInBytesIsExact() {
    let cost = 100 + Self.overhead
    let memo = CompositeMemo<Int>(maxBytes: 3 * cost)
    for key in 1...3 { memo.keep(Self.composite(100), for: key) }
    #expect(memo.count == 3 && memo.bytes == 3 * cost)
    memo.keep(Self.composite(100), for: 4)
    #expect(memo.count == 3 && memo.bytes == 3 * cost && memo.find(1) == nil)
    // One byte more than fits beside two.
    memo.keep(Self.composite(101), for: 5)
    #expect(memo.count == 2 && memo.find(5) != nil && memo.find(4) != nil && memo.find(3) == nil)
    #expect(memo.bytes == 2 * cost + 1)
  }

  @Test func theBoundInEntriesIsExact() {
    let memo = CompositeMemo<Int>(maxEntries: 2)
    for key in 1...3 { memo.keep(Self.composite(1), for: key) }
    #expect(memo.count == 2 && memo.find(1) == nil && memo.find(2) != nil && memo.find(3) != nil)
    let none = CompositeMemo<Int>(maxEntries: 0)
    none.keep(Self.composite(1), for: 1)
    #expect(none.count == 0 && none.bytes == 0)
  }

  @Test func whatIsGreaterThanTheBoundIsNotKeptAndPushesNothingOut() {
    let memo = CompositeMemo<Int>(maxBytes: 2000)
    memo.keep(Self.composite(100), for: 1)
    memo.keep(Self.composite(2001 - Self.overhead), for: 2)
    #expect(memo.find(2) == nil && memo.find(1) != nil)
    memo.keep(Self.composite(2000 - Self.overhead), for: 3)
    #expect(memo.find(3) != nil && memo.find(1) == nil && memo.bytes == 2000)
  }

  @Test func anotherCompositeOfTheSameKeyTakesItsPlace() {
    let memo = CompositeMemo<Int>()
    let (first, second) = (Self.composite(100), Self.composite(50))
    memo.keep(first, for: 1)
    memo.keep(second, for: 1)
    #expect(memo.find(1) === second && memo.count == 1 && memo.bytes == 50 + Self.overhead)
    // What was replaced is still good for who holds it, and counts nowhere.
    #expect(memo.representation(of: first, in: .gzip).length == 100)
    #expect(memo.bytes == 50 + Self.overhead)
  }

  @Test func aCodingIsMadeOnceAndCounted() throws {
    let memo = CompositeMemo<Int>()
    let composite = Self.composite(5000)
    memo.keep(composite, for: 1)
    let plain = memo.representation(of: composite, in: .identity)
    #expect(plain.tag.text == composite.identity.tag.text && plain.length == 5000 && memo.bytes == 5000 + Self.overhead)
    var total = 5000
    for coding in [ContentCoding.br, .gzip] {
      let made = memo.representation(of: composite, in: coding)
      total += made.length
      #expect(made.coding == coding && made.tag.isStronglyEqual(to: plain.tag.coded(coding)))
      #expect(memo.bytes == total + Self.overhead)
      let body = try #require(made.pieces.first)
      #expect(Decoding.decode(body, coding, room: 5000) == Array(plain.pieces.flatMap { Array($0.readableBytesView) }))
      let again = try #require(memo.representation(of: composite, in: coding).pieces.first)
      // The same memory, not the same bytes made again.
      #expect(again.withUnsafeReadableBytes { $0.baseAddress } == body.withUnsafeReadableBytes { $0.baseAddress })
      #expect(memo.bytes == total + Self.overhead)
    }
  }

  @Test func whatDoesNotBecomeSmallerGoesOutAsItIsWithItsOwnTag() {
    let memo = CompositeMemo<Int>()
    let composite = Self.composite(200)
    memo.keep(composite, for: 1)
    let representation = memo.representation(of: composite, in: .br)
    #expect(representation.coding == .identity && representation.tag.isStronglyEqual(to: composite.identity.tag))
    #expect(memo.bytes == 200 + Self.overhead)
  }

  @Test func aCodingThatNeedsRoomPushesOutTheOldest() {
    let memo = CompositeMemo<Int>(maxBytes: 5000 + 100 + 2 * Self.overhead)
    let composite = Self.composite(5000)
    memo.keep(Self.composite(100), for: 1)
    memo.keep(composite, for: 2)
    let length = memo.representation(of: composite, in: .gzip).length
    #expect(memo.find(1) == nil && memo.find(2) === composite && memo.bytes == 5000 + length + Self.overhead)
  }

  @Test func aCodingThatNeverFitsPushesOutOnlyItsOwn() {
    let memo = CompositeMemo<Int>(maxBytes: 5000 + Self.overhead + 10)
    let big = Self.composite(5000)
    memo.keep(big, for: 1)
    #expect(memo.representation(of: big, in: .gzip).coding == .gzip)
    #expect(memo.find(1) == nil && memo.count == 0 && memo.bytes == 0)
    // Made already, though kept no more.
    #expect(memo.representation(of: big, in: .gzip).coding == .gzip)
    #expect(memo.bytes == 0)
  }

  /// All hashes are equal: what is found is told apart by the keys alone.
  private struct Colliding: Hashable {
    let number: Int
    func hash(into hasher: inout Hasher) { hasher.combine(0) }
  }

  @Test func keysOfOneHashAreNotMistakenForEachOther() {
    let memo = CompositeMemo<Colliding>()
    let composites = (0..<50).map { Self.composite(10, "\($0)") }
    for (number, composite) in composites.enumerated() { memo.keep(composite, for: Colliding(number: number)) }
    for (number, composite) in composites.enumerated() { #expect(memo.find(Colliding(number: number)) === composite) }
    #expect(memo.find(Colliding(number: 50)) == nil)
  }

  @Test func documentsOfOtherSectionsHaveOtherPlaces() {
    var key = CompositeKey(kind: .consolidated)
    key.add(SectionIdentity(high: 7, low: 7), state: 0)
    var other = CompositeKey(kind: .consolidated)
    other.add(SectionIdentity(high: 7, low: 7), state: 1)
    let memo = CompositeMemo<CompositeKey>()
    let composite = Self.composite(10)
    memo.keep(composite, for: key)
    #expect(memo.find(key) === composite && memo.find(other) == nil)
  }

  /// Against a list in order of use as the judge: what is there, what goes first, what it counts.
  @Test func itGoesOnAsALeastRecentlyUsedListDoes() {
    var random = SeededGenerator(seed: 7)
    let memo = CompositeMemo<Int>(maxBytes: 20_000, maxEntries: 12)
    var list: [(key: Int, size: Int)] = []
    for _ in 0..<20_000 {
      let key = random.draw(0..<30)
      if random.once(in: 2) {
        let found = list.firstIndex { $0.key == key }
        #expect((memo.find(key) == nil) == (found == nil))
        if let found { list.append(list.remove(at: found)) }
      } else {
        let size = random.draw(1..<5000)
        memo.keep(Self.composite(size), for: key)
        list.removeAll { $0.key == key }
        list.append((key, size))
        while list.count > 12 || list.reduce(0, { $0 + $1.size + Self.overhead }) > 20_000 { list.removeFirst() }
      }
      #expect(memo.count == list.count)
      #expect(memo.bytes == list.reduce(0) { $0 + $1.size + Self.overhead })
    }
  }
}
