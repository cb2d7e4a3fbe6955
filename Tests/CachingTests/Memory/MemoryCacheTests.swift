import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Caching

@Suite struct MemoryCacheTests {
  private typealias Cache = MemoryCache<Int>

  @Test func whatWasStoredIsFoundUntilItIsRemoved() {
    let cache = Cache(capacity: 1 << 20, shards: 4)
    #expect(cache.value(for: CacheKey(number: 1)) == nil)
    #expect(cache.store(10, for: CacheKey(number: 1), cost: 100))
    #expect(cache.value(for: CacheKey(number: 1)) == 10)
    #expect(cache.store(11, for: CacheKey(number: 1), cost: 50))
    #expect(cache.value(for: CacheKey(number: 1)) == 11)
    #expect(cache.statistics == Cache.Statistics(hits: 2, misses: 1, evictions: 0, bytes: 250, entries: 1))
    #expect(!cache.remove(CacheKey(number: 1)) { $0 == 10 })
    #expect(cache.remove(CacheKey(number: 1)) { $0 == 11 })
    #expect(!cache.remove(CacheKey(number: 1)))
    #expect(cache.statistics.bytes == 0)
  }

  @Test(arguments: [(12_300, true), (12_301, false), (-1, false), (Int.max, false), (Int.min, false)])
  func whatIsBiggerThanAnEighthIsNotStored(cost: Int, isStored: Bool) {
    let cache = Cache(capacity: 100_000, shards: 16)
    #expect(cache.store(1, for: CacheKey(number: 1), cost: 10))
    #expect(cache.store(2, for: CacheKey(number: 1), cost: cost) == isStored)
    // What it would have replaced is out of date.
    #expect(cache.value(for: CacheKey(number: 1)) == (isStored ? 2 : nil))
  }

  @Test(arguments: [0, 1, 1599, -5, Int.min]) func withNoRoomAtAllNothingIsStored(capacity: Int) {
    let cache = Cache(capacity: capacity, shards: 4)
    #expect(!cache.store(1, for: CacheKey(number: 1), cost: 0))
    #expect(cache.statistics.bytes == 0)
  }

  @Test func tagsRemoveWhatHasThem() {
    let cache = Cache(capacity: 1 << 20, shards: 8)
    for user in 0..<100 { cache.store(user, for: CacheKey(number: user), cost: 10, tags: ["users", "user:\(user)"]) }
    cache.store(100, for: CacheKey(number: 100), cost: 10, tags: ["sales"])
    #expect(cache.purge("user:7") == 1)
    #expect(cache.value(for: CacheKey(number: 7)) == nil)
    #expect(cache.purge("user:7") == 0)
    #expect(cache.purge("users") == 99)
    #expect(cache.value(for: CacheKey(number: 100)) == 100)
    #expect(cache.purge(PurgeMarks.everything) == 1)
    #expect(cache.statistics.bytes == 0)
    #expect(cache.statistics.entries == 0)
  }

  @Test func aBigEntryFindsRoomBesideManySmallOnesInOtherShards() {
    let cache = Cache(capacity: 1 << 20, shards: 256)
    for number in 0..<5000 { cache.store(number, for: CacheKey(number: number), cost: 100) }
    // An eighth of all is far more than a shard's share.
    #expect(cache.store(-1, for: CacheKey(number: -1), cost: 130_000))
    #expect(cache.value(for: CacheKey(number: -1)) == -1)
    #expect(cache.statistics.bytes <= 1 << 20)
  }

  /// 100,000 random operations: the bytes are those of the entries that are there, and never more than the capacity.
  @Test(arguments: [(1, 20_000), (8, 60_000), (32, 200_000)]) func theBytesAreExactlyBounded(shards: Int, capacity: Int) {
    var random = SeededGenerator(seed: UInt64(shards))
    let cache = Cache(capacity: capacity, shards: shards, seed: 1)
    let keys = (0..<400).map { CacheKey(number: $0) }
    // What was stored last for a key; whether it is still there is the cache's choice.
    var model: [Int: (value: Int, cost: Int, tag: String)] = [:]
    var most = 0
    for step in 0..<100_000 {
      let number = random.draw(0..<keys.count)
      switch random.draw(0..<100) {
      case 0..<45:
        if let value = cache.value(for: keys[number]) { #expect(model[number]?.value == value) }
      case 45..<95:
        let (cost, tag) = (
          random.draw(0..<30) == 0 ? random.draw(0..<capacity / 4) : random.draw(0..<500), "t\(random.draw(0..<20))"
        )
        let isStored = cache.store(step, for: keys[number], cost: cost, tags: [tag])
        #expect(isStored == (cost + Cache.overhead <= capacity / 8))
        model[number] = isStored ? (step, cost, tag) : nil
      case 95..<99:
        let isThere = model[number] != nil
        if cache.remove(keys[number]) { #expect(isThere) }
        model[number] = nil
      default:
        let tag = "t\(random.draw(0..<20))"
        cache.purge(tag)
        model = model.filter { $0.value.tag != tag }
      }
      most = max(most, cache.statistics.bytes)
      if step % 5000 == 0 { checkBytes(of: cache, keys: keys, model: &model) }
    }
    #expect(most <= capacity)
    #expect(cache.statistics.evictions > 500)
  }

  private func checkBytes(of cache: Cache, keys: [CacheKey], model: inout [Int: (value: Int, cost: Int, tag: String)]) {
    model = model.filter { cache.value(for: keys[$0.key]) == $0.value.value }
    #expect(cache.statistics.bytes == model.values.reduce(0) { $0 + $1.cost + Cache.overhead })
    #expect(cache.statistics.entries == model.count)
  }

  @Test func aValueIsLetGoWhenItsEntryLeaves() {
    final class Canary: Sendable {}
    let cache = MemoryCache<Canary>(capacity: 10_000, shards: 1)
    weak var first: Canary?
    do {
      let canary = Canary()
      first = canary
      cache.store(canary, for: CacheKey(number: 0), cost: 800)
    }
    #expect(first != nil)
    for number in 1..<50 { cache.store(Canary(), for: CacheKey(number: number), cost: 800) }
    #expect(first == nil)
  }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  @Test func fourThreadsAtOnceKeepTheBooks() async {
    let capacity = 50_000
    let cache = MemoryCache<[Int]>(capacity: capacity, shards: 8)
    let keys = (0..<300).map { CacheKey(number: $0) }
    let tooMuch = Counter()
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { @concurrent in
          var random = SeededGenerator(seed: UInt64(thread))
          for _ in 0..<20_000 {
            let number = random.draw(0..<keys.count)
            switch random.draw(0..<20) {
            case 0..<10:
              if let value = cache.value(for: keys[number]) { #expect(value == [number]) }
            case 10..<18: cache.store([number], for: keys[number], cost: random.draw(0..<1000), tags: ["t\(number % 7)"])
            case 18: cache.remove(keys[number])
            default: if random.draw(0..<20) == 0 { cache.purge("t\(random.draw(0..<7))") }
            }
            if cache.statistics.bytes > capacity { tooMuch.value.add(1, ordering: .relaxed) }
          }
        }
      }
    }
    #expect(tooMuch.value.load(ordering: .relaxed) == 0)
    cache.purge(PurgeMarks.everything)
    #expect(cache.statistics.bytes == 0)
    #expect(cache.statistics.entries == 0)
  }

  @Test func anExactCopyHasTheBytes() {
    var buffer = ByteBuffer(string: "xxHello")
    buffer.moveReaderIndex(forwardBy: 2)
    var copy = buffer.exactCopy()
    #expect(copy == buffer)
    #expect(copy.capacity == 5)
    copy.writeString(", and it grows like any other")
    #expect(copy.readString(length: 10) == "Hello, and")
    #expect(ByteBuffer().exactCopy().readableBytes == 0)
  }
}
