import Resilience
import Testing
import TestSupport

@Suite struct EndpointBalancerTests {
  private func fail(_ balancer: inout EndpointBalancer, _ index: Int, times: Int, at: Instant) {
    for _ in 0..<times { balancer.finished(index, isFailure: true, at: at) }
  }

  /// The endpoints of the next calls, each ended before the next.
  private func picks(_ balancer: inout EndpointBalancer, _ count: Int, at: Instant) -> [Int] {
    (0..<count).map { _ in
      let index = balancer.pick(at: at)
      balancer.finished(index, isFailure: false, at: at)
      return index
    }
  }

  @Test func equalsTakeTurns() {
    var balancer = EndpointBalancer(count: 3, .init())
    #expect(picks(&balancer, 7, at: second(0)) == [0, 1, 2, 0, 1, 2, 0])
  }

  @Test func theOneWithTheFewestInFlightIsNext() {
    var balancer = EndpointBalancer(count: 3, .init())
    let first = (0..<6).map { _ in balancer.pick(at: second(0)) }
    #expect(first == [0, 1, 2, 0, 1, 2])
    balancer.finished(1, isFailure: false, at: second(0))
    balancer.finished(1, isFailure: false, at: second(0))
    balancer.finished(2, isFailure: false, at: second(0))
    let then = (0..<3).map { _ in balancer.pick(at: second(0)) }
    #expect(then == [1, 2, 1] || then == [1, 1, 2])
  }

  @Test func fiveFailuresInARowEject() {
    var balancer = EndpointBalancer(count: 2, .init())
    fail(&balancer, 0, times: 4, at: second(0))
    balancer.finished(0, isFailure: false, at: second(0))
    fail(&balancer, 0, times: 4, at: second(0))
    #expect(!balancer.isEjected(0, at: second(0)))
    fail(&balancer, 0, times: 1, at: second(0))
    #expect(balancer.isEjected(0, at: second(0)))
    #expect(picks(&balancer, 4, at: second(9.999)) == [1, 1, 1, 1])
    #expect(Set(picks(&balancer, 2, at: second(10))) == [0, 1])
  }

  @Test func eachEjectionLastsTwiceAsLongUpToFiveMinutes() {
    var balancer = EndpointBalancer(count: 2, .init())
    var now = 0.0
    for length in [10.0, 20, 40, 80, 160, 300, 300, 300] {
      fail(&balancer, 0, times: 5, at: second(now))
      #expect(balancer.isEjected(0, at: second(now + length - 0.001)))
      #expect(!balancer.isEjected(0, at: second(now + length)))
      now += length + 1
    }
    // Held out for as long as it was ejected: begins again.
    now += 300
    fail(&balancer, 0, times: 5, at: second(now))
    #expect(balancer.isEjected(0, at: second(now + 9.9)) && !balancer.isEjected(0, at: second(now + 10)))
  }

  @Test func resultsFromBeforeTheEjectionDoNotLengthenIt() {
    var balancer = EndpointBalancer(count: 2, .init())
    fail(&balancer, 0, times: 5, at: second(0))
    fail(&balancer, 0, times: 50, at: second(5))
    #expect(!balancer.isEjected(0, at: second(10)))
    fail(&balancer, 0, times: 4, at: second(10))
    #expect(!balancer.isEjected(0, at: second(10)))
  }

  @Test(arguments: [
    (1, 0.5, 0), (2, 0.5, 1), (3, 0.5, 1), (4, 0.5, 2), (5, 0.5, 2), (5, 1, 4), (1, 1, 0), (4, 0, 0), (4, -1, 0), (4, .nan, 0),
    (0, 1, 0), (-3, 1, 0),
  ])
  func onlySoManyAreEjected(count: Int, share: Double, most: Int) {
    var balancer = EndpointBalancer(count: count, .init(maximumEjected: share))
    for index in 0..<max(count, 1) { fail(&balancer, index, times: 100, at: second(0)) }
    #expect(balancer.ejectedCount(at: second(1)) == most)
  }

  @Test func aBadOneThatHadToStayIsEjectedWhenThereIsRoom() {
    var balancer = EndpointBalancer(count: 2, .init())
    fail(&balancer, 0, times: 5, at: second(0))
    fail(&balancer, 1, times: 50, at: second(0))
    #expect(!balancer.isEjected(1, at: second(9)))
    fail(&balancer, 1, times: 1, at: second(10))
    #expect(balancer.isEjected(1, at: second(10)) && !balancer.isEjected(0, at: second(10)))
  }

  @Test func aDeadOneOfThreeCostsFewCalls() {
    var balancer = EndpointBalancer(count: 3, .init())
    var failures = 0
    for call in 0..<60_000 {
      let now = second(Double(call) / 100)
      let index = balancer.pick(at: now)
      failures += index == 1 ? 1 : 0
      balancer.finished(index, isFailure: index == 1, at: now)
    }
    // Ten minutes: out for 10, 20, 40, 80, 160, 300 s, five failures each time.
    #expect(failures >= 25 && failures <= 30)
  }

  @Test(arguments: 0..<200) func noOrderOfEventsEjectsMoreThanHalf(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let isOdd = seed % 2 == 1
    let count = random.draw(1..<9)
    var balancer = EndpointBalancer(
      count: count,
      .init(consecutiveFailures: random.draw(-1..<6), ejectFor: isOdd ? random.oddDuration() : .seconds(10)))
    var now = second(0)
    var inFlight = [Int](repeating: 0, count: count)
    for _ in 0..<1000 {
      now = random.moment(after: now, isOdd: isOdd)
      let index = random.draw(0..<count)
      if random.isTrue(0.5) {
        let picked = balancer.pick(at: now)
        let candidates = (0..<count).filter { !balancer.isEjected($0, at: now) }
        #expect(candidates.contains(picked))
        #expect(inFlight[picked] == candidates.map { inFlight[$0] }.min())
        inFlight[picked] += 1
      } else if inFlight[index] > 0 {
        inFlight[index] -= 1
        balancer.finished(index, isFailure: random.isTrue(0.8), at: now)
      } else {
        balancer.finished(random.isTrue(0.5) ? count : -1, isFailure: true, at: now)
      }
      #expect(balancer.ejectedCount(at: now) * 2 <= count)
    }
  }

  @Test(arguments: [Int.min, -1, 3, .max]) func anUnknownEndpointIsIgnored(index: Int) {
    var balancer = EndpointBalancer(count: 3, .init(consecutiveFailures: 1))
    balancer.finished(index, isFailure: true, at: second(0))
    #expect(balancer.ejectedCount(at: second(0)) == 0)
    #expect(!balancer.isEjected(index, at: second(0)))
  }
}
