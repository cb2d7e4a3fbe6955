import Resilience
import Synchronization
import Testing

@testable import Clients

/// The count of places, without loops.
@Suite(.timeLimit(.minutes(1))) struct SlotsTests {
  @Test func noMoreThanTheMaximumAreTaken() {
    let slots = Slots(.upTo(3))
    #expect((0..<10).map { _ in slots.take() } == [true, true, true] + [Bool](repeating: false, count: 7))
    #expect(slots.inFlight == 3)
    slots.giveBack()
    #expect(slots.take())
    #expect(!slots.take())
  }

  @Test func theQueueIsBounded() {
    let slots = Slots(.upTo(1, queue: 2))
    #expect((0..<4).map { _ in slots.joinQueue() } == [true, true, false, false])
    slots.leaveQueue()
    #expect(slots.joinQueue())
    #expect(!slots.joinQueue())
    #expect(slots.queued == 2)
  }

  @Test func whoGivesAPlaceBackWakesThoseWhoWait() {
    let slots = Slots(.upTo(1))
    let wakeUps = Atomic(0)
    for _ in 0..<2 {
      _ = slots.add { message in if case .wakeUp = message { wakeUps.add(1, ordering: .relaxed) } }
    }
    #expect(slots.take())
    slots.giveBack()
    #expect(wakeUps.load(ordering: .relaxed) == 0)
    #expect(slots.take())
    #expect(slots.joinQueue())
    slots.giveBack()
    #expect(wakeUps.load(ordering: .relaxed) == 2)
  }

  /// A try that finds no place must not look like a taken one to others: the limit is reached, and never seen from above.
  @Test func aTryInVainTakesNothing() async {
    let slots = Slots(.upTo(2))
    #expect(slots.take())
    await withTaskGroup(of: Void.self) { tasks in
      for _ in 0..<4 {
        tasks.addTask {
          for _ in 0..<20_000 {
            let isTaken = slots.take()
            hold((1...2).contains(slots.inFlight))
            if isTaken { slots.giveBack() }
          }
        }
      }
    }
    #expect(slots.inFlight == 1)
  }

  // MARK: Adaptive

  @Test func anAdaptiveLimitStartsWhereItIsTold() {
    var policy = ConcurrencyPolicy.upTo(100)
    policy.isAdaptive = true
    policy.gradient.initial = 12
    #expect(Slots(policy).currentLimit == 12)
  }

  @Test(arguments: [1, 2, 10])
  func anAdaptiveLimitNeverPassesTheMaximum(maximum: Int) {
    var policy = ConcurrencyPolicy.upTo(maximum)
    policy.isAdaptive = true
    let slots = Slots(policy)
    #expect(slots.currentLimit == maximum)
    for sample in 0..<1000 {
      slots.sampled(latency: .milliseconds(1), wasDropped: false, at: Instant(nanoseconds: Int64(sample) * 10_000_000))
      hold(slots.currentLimit <= maximum)
    }
  }

  @Test func failuresLowerAnAdaptiveLimitAndWhoIsOverItIsToldSo() {
    var policy = ConcurrencyPolicy.upTo(100)
    policy.isAdaptive = true
    let slots = Slots(policy)
    while slots.take() {}
    #expect(slots.inFlight == 20)
    #expect(!slots.isOverLimit)
    for sample in 0..<1000 {
      slots.sampled(latency: .milliseconds(1), wasDropped: true, at: Instant(nanoseconds: Int64(sample) * 10_000_000))
    }
    #expect(slots.currentLimit == 4)
    #expect(slots.isOverLimit)
    while slots.isOverLimit { slots.giveBack() }
    #expect(slots.inFlight == 4)
  }

  @Test func aLimitThatGrowsWakesThoseWhoWait() {
    var policy = ConcurrencyPolicy.upTo(100)
    policy.isAdaptive = true
    let slots = Slots(policy)
    let wakeUps = Atomic(0)
    _ = slots.add { _ in wakeUps.add(1, ordering: .relaxed) }
    while slots.take() {}
    #expect(slots.joinQueue())
    for sample in 0..<1000 where slots.currentLimit == 20 {
      slots.sampled(latency: .milliseconds(1), wasDropped: false, at: Instant(nanoseconds: Int64(sample) * 10_000_000))
    }
    #expect(slots.currentLimit > 20)
    #expect(wakeUps.load(ordering: .relaxed) == 1)
  }
}

extension ConcurrencyPolicy {
  static func upTo(_ maximum: Int, queue: Int = 256) -> ConcurrencyPolicy {
    var policy = ConcurrencyPolicy()
    policy.maximum = maximum
    policy.queue = queue
    return policy
  }
}
