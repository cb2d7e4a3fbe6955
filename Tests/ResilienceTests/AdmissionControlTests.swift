import Resilience
import Testing
import TestSupport

@Suite struct AdmissionControlTests {
  private func admitted(_ control: inout AdmissionControl, _ priority: AdmissionControl.Priority, tries: Int) -> Int {
    (0..<tries).count { _ in control.admit(priority, at: second(0)) }
  }

  /// Intervals of a tenth of a second with a measurement every 10 ms.
  private func measure(_ control: inout AdmissionControl, intervals: Int, from start: Double, milliseconds: (Int) -> Int) {
    for tick in 0..<intervals * 10 {
      control.lagMeasured(.milliseconds(milliseconds(tick)), at: second(start + Double(tick) * 0.0101))
    }
  }

  @Test(arguments: [
    (100, 85, 100), (1000, 850, 1000), (20, 17, 20), (4, 3, 4), (2, 1, 2), (1, 1, 1), (0, 1, 1), (-1, 1, 1),
  ])
  func normalRequestsLeaveRoomForTheHighOnes(limit: Int, normal: Int, all: Int) {
    var control = AdmissionControl(.init(minimum: 1, initial: limit))
    #expect(admitted(&control, .normal, tries: 2000) == normal)
    #expect(admitted(&control, .high, tries: 2000) == all - normal)
    #expect(control.inFlight == all && control.limit == all)
    control.finished(at: second(0))
    #expect(admitted(&control, .normal, tries: 10) == (limit > 1 ? 0 : 1))
  }

  @Test func aFinishedRequestMakesRoom() {
    var control = AdmissionControl(.init(minimum: 1, initial: 10))
    #expect(admitted(&control, .high, tries: 100) == 10)
    for _ in 0..<4 { control.finished(at: second(0)) }
    #expect(admitted(&control, .high, tries: 100) == 4)
    for _ in 0..<100 { control.finished(at: second(0)) }
    #expect(control.inFlight == 0)
  }

  @Test func aLastingLagShrinksTheLimitDownToTheMinimum() {
    var control = AdmissionControl(.init(minimum: 50))
    measure(&control, intervals: 3, from: 0) { _ in 100 }
    #expect(control.limit < 500)
    measure(&control, intervals: 100, from: 10) { _ in 16 }
    #expect(control.limit == 50)
  }

  @Test func aPauseOfTheMachineChangesNothing() {
    var control = AdmissionControl(.init())
    measure(&control, intervals: 50, from: 0) { $0 % 10 == 3 ? 900 : 1 }
    #expect(control.limit == 1000)
  }

  @Test func theLimitGrowsOnlyWhenItIsUsed() {
    var control = AdmissionControl(.init(initial: 100))
    measure(&control, intervals: 20, from: 0) { _ in 1 }
    #expect(control.limit == 100)
    #expect(admitted(&control, .normal, tries: 100) == 85)
    measure(&control, intervals: 1, from: 10) { _ in 0 }
    let grown = control.limit
    #expect(grown == 105)
    measure(&control, intervals: 20, from: 20) { _ in 1 }
    #expect(control.limit == grown)
  }

  @Test(arguments: [(0, 1050), (2, 1037), (4, 1025), (8, 1001), (9, 942), (32, 500)])
  func theNearerTheLagIsToItsTargetTheLessTheLimitGrows(milliseconds: Int, limit: Int) {
    var control = AdmissionControl(.init(initial: 1000, targetLag: .milliseconds(8)))
    #expect(admitted(&control, .normal, tries: 1000) == 850)
    measure(&control, intervals: 2, from: 0) { _ in milliseconds }
    #expect(control.limit == limit)
  }

  @Test func theLimitNeverLeavesItsBounds() {
    var control = AdmissionControl(.init(minimum: 10, maximum: 120, initial: 100))
    for round in 0..<200 {
      _ = admitted(&control, .high, tries: 500)
      measure(&control, intervals: 1, from: Double(round)) { _ in 1 }
    }
    #expect(control.limit == 120)
  }

  @Test(arguments: 0..<200) func noOrderOfEventsAdmitsAboveTheLimit(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let isOdd = seed % 2 == 1
    var control = AdmissionControl(
      .init(
        minimum: isOdd ? random.oddCount() : 5, maximum: isOdd ? random.oddCount() : 60, initial: isOdd ? random.oddCount() : 20,
        targetLag: isOdd ? random.oddDuration() : .milliseconds(25), interval: isOdd ? random.oddDuration() : .milliseconds(100),
        normalShare: isOdd ? random.oddDouble() : 0.85))
    var now = second(0)
    var inFlight = 0
    for _ in 0..<1500 {
      now = random.moment(after: now, isOdd: isOdd)
      switch random.draw(0..<4) {
      case 0:
        let priority: AdmissionControl.Priority = random.isTrue(0.5) ? .high : .normal
        if control.admit(priority, at: now) {
          inFlight += 1
          #expect(inFlight <= control.limit)
          if priority == .normal, !isOdd { #expect(Double(inFlight) <= 0.85 * Double(control.limit)) }
        }
      case 1 where inFlight > 0:
        inFlight -= 1
        control.finished(at: now)
      default: control.lagMeasured(random.oddDuration(), at: now)
      }
      #expect(control.inFlight == inFlight && control.limit >= 1)
    }
  }

  @Test func atTwiceTheCapacityTheGoodputHoldsAndTheRestIsRefusedSoon() {
    for upstreamTime in [0.005, 0.02, 0.2] {
      var gateway = SimulatedGateway(.init(), seed: 1)
      gateway.upstreamTime = upstreamTime
      gateway.run(seconds: 10, rate: 2 * gateway.capacity)
      gateway.reset()
      gateway.run(seconds: 20, rate: 2 * gateway.capacity)
      #expect(Double(gateway.useful) >= 0.9 * gateway.capacity * 20)
      #expect(gateway.late == 0)
      #expect(Double(gateway.refused) >= 0.9 * gateway.capacity * 20)
      #expect(gateway.slowestRefusal <= 0.1)
    }
  }

  @Test func fiveSecondsAfterTheLoadFallsAllIsNormal() {
    for upstreamTime in [0.005, 0.02, 0.2] {
      var gateway = SimulatedGateway(.init(), seed: 2)
      gateway.upstreamTime = upstreamTime
      gateway.run(seconds: 15, rate: 3 * gateway.capacity)
      gateway.run(seconds: 5, rate: 0.8 * gateway.capacity)
      gateway.reset()
      gateway.run(seconds: 20, rate: 0.8 * gateway.capacity)
      #expect(gateway.refused == 0)
      #expect(gateway.late == 0)
      #expect(Double(gateway.useful) >= 0.97 * 0.8 * gateway.capacity * 20)
    }
  }

  @Test func aSlowUpstreamIsNoReasonToRefuse() {
    var gateway = SimulatedGateway(.init(), seed: 3)
    gateway.patience = 10
    gateway.run(seconds: 5, rate: 0.5 * gateway.capacity)
    gateway.upstreamTime = 5
    gateway.run(seconds: 30, rate: 0.5 * gateway.capacity)
    #expect(gateway.refused == 0)
    #expect(gateway.peakInFlight > 2000)
  }
}
