import NIOCore
import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import Caching

/// What holds for the memory and for Redis alike.
@Suite(.timeLimit(.minutes(1))) struct ConformanceTests {
  private let key = CacheKey(number: 1)
  private let other = CacheKey(number: 2)

  @Test(arguments: StoreKind.allCases) func whatWasPutIsGotByteForByte(kind: StoreKind) async throws {
    var random = SeededGenerator(seed: 1)
    try await withStore(kind) { store in
      for size in [1, 15, 16, 17, 1023, 1024, 1025, 65_537, 300_000] {
        let envelope = Envelope.sample(ByteBuffer(bytes: random.bytes(size)), tags: ["users", "user:\(size)", "é"])
        await store.put(envelope, for: key)
        #expect(await store.get(key) == envelope)
      }
    }
  }

  @Test(arguments: StoreKind.allCases) func anEmptyBodyIsABody(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let envelope = Envelope.sample(ByteBuffer(), tags: [])
      await store.put(envelope, for: key)
      #expect(await store.get(key) == envelope)
    }
  }

  @Test(arguments: StoreKind.allCases) func tenMegabytesAreABody(kind: StoreKind) async throws {
    var random = SeededGenerator(seed: 2)
    let pattern = random.bytes(4096)
    var body = ByteBuffer()
    for number in 0..<2560 {
      body.writeInteger(number)
      body.writeBytes(pattern.dropLast(8))
    }
    let envelope = Envelope.sample(body)
    try await withStore(kind) { store in
      await store.put(envelope, for: key)
      #expect(await store.get(key) == envelope)
    }
  }

  @Test(arguments: StoreKind.allCases) func anotherKeyIsAMiss(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      #expect(await store.get(key) == nil)
      await store.put(.sample(), for: key)
      #expect(await store.get(other) == nil)
    }
  }

  @Test(arguments: StoreKind.allCases) func theNewerTakesThePlaceOfTheOlder(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      await store.put(.sample("old"), for: key)
      let newer = Envelope.sample("new")
      await store.put(newer, for: key)
      #expect(await store.get(key) == newer)
    }
  }

  @Test(arguments: StoreKind.allCases) func whatHasExpiredIsAMiss(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let past = Timestamp(milliseconds: Timestamp.now().milliseconds - 10_000)
      await store.put(.sample(fetchedAt: past, fresh: 4000), for: key)
      #expect(await store.get(key) == nil)
      // Of a moment to come: nobody knows its age.
      await store.put(.sample(fetchedAt: Timestamp(milliseconds: Timestamp.now().milliseconds + 3_600_000)), for: other)
      #expect(await store.get(other) == nil)
    }
  }

  @Test(arguments: StoreKind.allCases) func theStaleIsStillFound(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let envelope = Envelope.sample(fetchedAt: Timestamp(milliseconds: Timestamp.now().milliseconds - 2_000_000))
      await store.put(envelope, for: key)
      #expect(await store.get(key) == envelope)
      #expect(envelope.freshness.state(at: .now()) == .staleWhileRevalidate)
    }
  }

  @Test(arguments: StoreKind.allCases) func whatIsTooLargeIsNotStoredAndHarmsNothing(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let small = Envelope.sample()
      await store.put(small, for: other)
      await store.put(.sample(ByteBuffer(repeating: 7, count: store.maxBody + 1)), for: key)
      #expect(await store.get(key) == nil)
      #expect(await store.get(other) == small)
      await store.put(small, for: key)
      #expect(await store.get(key) == small)
    }
  }

  @Test(arguments: StoreKind.allCases) func aThousandKeysAreKeptApart(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      for number in 0..<1000 { await store.put(.sample("\(number)"), for: CacheKey(number: number), loop: number % store.width) }
      for number in 0..<1000 {
        let found = await store.get(CacheKey(number: number), loop: (number + 1) % store.width)
        hold(found?.body == ByteBuffer(string: "\(number)"), "\(number)")
      }
    }
  }

  /// Bodies say whose they are: nobody ever gets another's, or half of one.
  @Test(arguments: StoreKind.allCases) func manyLoopsAtOnceGetWholeValuesOfTheirKeys(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      await withTaskGroup(of: Void.self) { group in
        for loop in 0..<store.width {
          for worker in 0..<4 {
            group.addTask { await Self.work(store, loop: loop, seed: UInt64(loop * 10 + worker)) }
          }
        }
      }
    }
  }

  private static func work(_ store: any SectionStoreUnderTest, loop: Int, seed: UInt64) async {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let number = random.draw(0..<20)
      if random.once(in: 3) {
        let size = random.draw(1..<4000)
        await store.put(.sample(ByteBuffer(repeating: UInt8(number), count: size)), for: CacheKey(number: number), loop: loop)
      } else if let found = await store.get(CacheKey(number: number), loop: loop) {
        hold(found.body.readableBytesView.allSatisfy { $0 == UInt8(number) })
      }
    }
  }

  @Test(arguments: StoreKind.allCases) func aPurgeHidesWhatWasFetchedBeforeIt(kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let before = Timestamp(milliseconds: Timestamp.now().milliseconds - 5000)
      await store.put(.sample(tags: ["users", "user:7"], fetchedAt: before), for: key)
      await store.put(.sample(tags: ["users"], fetchedAt: before), for: other)
      var marks = PurgeMarks()
      marks.purge("user:7", mode: .hard, at: Timestamp(milliseconds: before.milliseconds + 1))
      marks.purge("users", mode: .soft, at: before)
      // The tags and the moment come back with the value: that is all that a verdict needs.
      let (first, second) = (try #require(await store.get(key)), try #require(await store.get(other)))
      #expect(marks.verdict(fetchedAt: first.freshness.fetchedAt, tags: first.tags) == .gone)
      #expect(marks.verdict(fetchedAt: second.freshness.fetchedAt, tags: second.tags) == .stale)
      await store.put(.sample(tags: ["users", "user:7"]), for: key)
      let third = try #require(await store.get(key))
      #expect(marks.verdict(fetchedAt: third.freshness.fetchedAt, tags: third.tags) == .ok)
    }
  }
}
