import Resilience
import Testing

@Suite struct GradientLimitSimulationTests {
  @Test(arguments: [(10, 0.005), (20, 0.01), (50, 0.05)]) func underTwiceTheLoadItFindsTheCapacityAndShedsTheRest(
    workers: Int, serviceTime: Double
  ) {
    var server = SimulatedServer(workers: workers, serviceTime: serviceTime, seed: 1)
    var limit = GradientLimit(.init())
    server.run(seconds: 15, rate: 2 * server.capacity, limit: &limit)
    server.reset()
    server.run(seconds: 15, rate: 2 * server.capacity, limit: &limit)
    #expect(Double(server.answered) >= 0.9 * server.capacity * 15)
    #expect(Double(server.refused) >= 0.8 * server.capacity * 15)
    #expect(server.meanLatency <= 2.5 * serviceTime)
    #expect(Double(limit.limit) <= 3 * server.needed)
  }

  @Test func aLoadBelowCapacityIsNeverShed() {
    var server = SimulatedServer(workers: 20, serviceTime: 0.01, seed: 2)
    var limit = GradientLimit(.init())
    server.run(seconds: 5, rate: 0.7 * server.capacity, limit: &limit)
    server.reset()
    server.run(seconds: 40, rate: 0.7 * server.capacity, limit: &limit)
    #expect(server.refused == 0)
  }

  @Test func itFollowsACapacityThatHalvesAndComesBack() {
    var server = SimulatedServer(workers: 20, serviceTime: 0.02, seed: 3)
    var limit = GradientLimit(.init())
    server.run(seconds: 15, rate: 1500, limit: &limit)
    let before = limit.limit
    server.workers = 10
    server.run(seconds: 10, rate: 1500, limit: &limit)
    server.reset()
    server.run(seconds: 10, rate: 1500, limit: &limit)
    #expect(limit.limit < before * 3 / 4)
    #expect(Double(server.answered) >= 0.9 * server.capacity * 10)
    #expect(server.meanLatency <= 2.5 * 0.02)
    server.workers = 20
    server.run(seconds: 10, rate: 1500, limit: &limit)
    server.reset()
    server.run(seconds: 10, rate: 1500, limit: &limit)
    #expect(Double(server.answered) >= 0.9 * server.capacity * 10)
  }

  @Test func aServiceThatBecomesSlowerForGoodIsUsedAgainInFull() {
    var server = SimulatedServer(workers: 20, serviceTime: 0.02, seed: 4)
    var limit = GradientLimit(.init())
    server.run(seconds: 10, rate: 1500, limit: &limit)
    server.serviceTime = 0.06
    server.run(seconds: 40, rate: 1500, limit: &limit)
    server.reset()
    server.run(seconds: 10, rate: 1500, limit: &limit)
    #expect(Double(server.answered) >= 0.9 * server.capacity * 10)
    #expect(server.meanLatency <= 2.5 * 0.06)
  }

  @Test func aStartInTheMiddleOfAnOverloadDoesNotTakeTheQueueForNormal() {
    var server = SimulatedServer(workers: 10, serviceTime: 0.02, seed: 5)
    var limit = GradientLimit(.init(initial: 200))
    server.run(seconds: 40, rate: 2 * server.capacity, limit: &limit)
    server.reset()
    server.run(seconds: 20, rate: 2 * server.capacity, limit: &limit)
    #expect(server.meanLatency <= 3 * 0.02)
    #expect(Double(server.answered) >= 0.9 * server.capacity * 20)
  }

  @Test func anUpstreamThatRefusesForItselfIsAskedForLittleMoreThanItTakes() {
    var server = SimulatedServer(workers: 20, serviceTime: 0.01, seed: 6)
    server.refusesAbove = 25
    var limit = GradientLimit(.init(initial: 500))
    server.run(seconds: 15, rate: 2 * server.capacity, limit: &limit)
    server.reset()
    server.run(seconds: 10, rate: 2 * server.capacity, limit: &limit)
    #expect(Double(server.answered) >= 0.85 * server.capacity * 10)
    #expect(limit.limit <= 60)
  }
}
