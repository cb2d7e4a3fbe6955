import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import Caching

@Suite struct PurgeMarksTests {
  private func at(_ milliseconds: Int) -> Timestamp { Timestamp(milliseconds: Int64(milliseconds)) }

  @Test func whatWasFetchedBeforeAPurgeIsStaleOrGone() {
    var marks = PurgeMarks()
    marks.purge("users", mode: .soft, at: at(100))
    marks.purge("user:7", mode: .hard, at: at(50))
    #expect(marks.verdict(fetchedAt: at(100), tags: ["users"]) == .stale)
    #expect(marks.verdict(fetchedAt: at(101), tags: ["users"]) == .ok)
    #expect(marks.verdict(fetchedAt: at(50), tags: ["users", "user:7"]) == .gone)
    #expect(marks.verdict(fetchedAt: at(50), tags: ["user:7", "users"]) == .gone)
    #expect(marks.verdict(fetchedAt: at(51), tags: ["users", "user:7"]) == .stale)
    #expect(marks.verdict(fetchedAt: at(0), tags: ["sales"]) == .ok)
    #expect(marks.verdict(fetchedAt: at(0), tags: []) == .ok)
  }

  @Test func aSoftPurgeDoesNotBringBackWhatAHardOneTook() {
    var marks = PurgeMarks()
    marks.purge("users", mode: .hard, at: at(50))
    marks.purge("users", mode: .soft, at: at(100))
    #expect(marks.verdict(fetchedAt: at(50), tags: ["users"]) == .gone)
    #expect(marks.verdict(fetchedAt: at(51), tags: ["users"]) == .stale)
    marks.purge("users", mode: .hard, at: at(100))
    #expect(marks.verdict(fetchedAt: at(100), tags: ["users"]) == .gone)
  }

  @Test func theStarHitsEverythingAndMakesOlderMarksNeedless() {
    var marks = PurgeMarks()
    marks.purge("users", mode: .soft, at: at(100))
    marks.purge("sales", mode: .hard, at: at(300))
    marks.purge(PurgeMarks.everything, mode: .hard, at: at(200))
    #expect(marks.verdict(fetchedAt: at(200), tags: []) == .gone)
    #expect(marks.verdict(fetchedAt: at(201), tags: ["users"]) == .ok)
    #expect(marks.verdict(fetchedAt: at(201), tags: ["sales"]) == .gone)
    #expect(Set(marks.tags.keys) == ["sales"])
  }

  @Test func oldMarksAreForgotten() {
    var marks = PurgeMarks()
    marks.purge("users", mode: .soft, at: at(100))
    marks.purge("users", mode: .hard, at: at(50))
    marks.purge(PurgeMarks.everything, mode: .soft, at: at(10))
    marks.prune(upTo: at(50))
    #expect(marks.tags == ["users": PurgeMarks.Mark(soft: at(100))])
    #expect(marks.all == PurgeMarks.Mark())
    marks.prune(upTo: at(100))
    #expect(marks.isEmpty)
    #expect(marks == PurgeMarks())
  }

  @Test func aMarkFromTheFutureCountsAsOfNow() {
    var (marks, other) = (PurgeMarks(), PurgeMarks())
    other.purge("users", mode: .hard, at: Timestamp(milliseconds: .max))
    other.purge(PurgeMarks.everything, mode: .soft, at: Timestamp(milliseconds: .max))
    marks.merge(other, notAfter: at(1000))
    #expect(marks.verdict(fetchedAt: at(1000), tags: ["users"]) == .gone)
    #expect(marks.verdict(fetchedAt: at(1001), tags: ["users"]) == .ok)
  }

  private func random(_ random: inout SeededGenerator, limit: Int, count: Int) -> PurgeMarks {
    var marks = PurgeMarks(limit: limit)
    for _ in 0..<random.draw(0..<count) {
      let tag = random.draw(0..<30) == 0 ? PurgeMarks.everything : "t\(random.draw(0..<12))"
      marks.purge(tag, mode: random.draw(0..<2) == 0 ? .soft : .hard, at: at(random.draw(-20..<40)))
    }
    return marks
  }

  private func merged(_ all: PurgeMarks...) -> PurgeMarks {
    all.dropFirst().reduce(into: all[0]) { $0.merge($1) }
  }

  @Test func mergingComesToTheSameInAnyOrderAndAnyNumberOfTimes() {
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<3000 {
      let (a, b, c) = (
        random(&generator, limit: 100, count: 20), random(&generator, limit: 100, count: 20),
        random(&generator, limit: 100, count: 20)
      )
      #expect(merged(a, b) == merged(b, a))
      #expect(merged(a, a) == a)
      #expect(merged(a, b, b, a) == merged(a, b))
      #expect(merged(a, merged(b, c)) == merged(merged(a, b), c))
    }
  }

  @Test func theBoundMayHitMoreButNeverLess() {
    var generator = SeededGenerator(seed: 11)
    let order: [PurgeMarks.Verdict: Int] = [.ok: 0, .stale: 1, .gone: 2]
    for _ in 0..<2000 {
      var (bounded, free) = (PurgeMarks(limit: 5), PurgeMarks())
      for _ in 0..<40 {
        let other = random(&generator, limit: 100, count: 4)
        bounded.merge(other)
        free.merge(other)
        #expect(bounded.tags.count <= 5)
      }
      for fetched in stride(from: -25, through: 45, by: 3) {
        let tags = ["t\(generator.draw(0..<12))", "t\(generator.draw(0..<12))"]
        let (found, wanted) = (
          bounded.verdict(fetchedAt: at(fetched), tags: tags), free.verdict(fetchedAt: at(fetched), tags: tags)
        )
        #expect(order[found]! >= order[wanted]!)
      }
    }
  }

  @Test func tenThousandTagsAreKeptAndTheOldestGoIntoTheFloor() {
    var marks = PurgeMarks()
    for number in 0..<10_000 { marks.purge("t\(number)", mode: .soft, at: at(number)) }
    #expect(marks.tags.count == 10_000)
    #expect(marks.all == PurgeMarks.Mark())
    marks.purge("one more", mode: .soft, at: at(10_000))
    #expect(marks.tags.count == 9000)
    #expect(marks.all == PurgeMarks.Mark(soft: at(1000)))
    #expect(marks.verdict(fetchedAt: at(1000), tags: ["another"]) == .stale)
    #expect(marks.verdict(fetchedAt: at(1001), tags: ["another"]) == .ok)
  }
}
