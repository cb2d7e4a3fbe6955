import NIOCore
import Testing

@testable import Clients

struct ConnectionRaceTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func race(_ count: Int, _ time: TimeAmount = .milliseconds(250)) -> ConnectionRace {
    ConnectionRace(count: count, deadline: start + time)
  }

  @Test func theFirstAddressIsTriedAtOnceAndWinsWhereItConnects() {
    var race = race(2)
    #expect(race.begun(at: start) == .connect(0))
    let won = race.connected(0)
    #expect(won && race.isOver && race.nextEvent == nil && race.started == 1)
  }

  @Test func anAddressThatRefusesMakesWayAtOnce() {
    var race = race(3)
    #expect(race.begun(at: start) == .connect(0))
    #expect(race.failed(0, .connectRefused, at: start) == .connect(1))
    #expect(race.failed(1, .connectRefused, at: start) == .connect(2))
    #expect(race.failed(2, .connectFailed, at: start) == .lose(.connectRefused))
  }

  @Test func anAddressThatDoesNotAnswerMakesWayInTimeForTheOthers() {
    var race = race(2)
    _ = race.begun(at: start)
    #expect(race.nextEvent == start + .milliseconds(50))
    #expect(race.timePassed(at: start + .milliseconds(49)) == .wait)
    #expect(race.timePassed(at: start + .milliseconds(50)) == .connect(1))
    #expect(race.nextEvent == start + .milliseconds(250))
    let won = race.connected(0)
    #expect(won)
  }

  @Test func theOneThatComesSecondIsClosedAndTheRestIsIgnored() {
    var race = race(3)
    _ = race.begun(at: start)
    _ = race.timePassed(at: start + .milliseconds(50))
    let connected = [race.connected(1), race.connected(0), race.connected(1)]
    #expect(connected == [true, false, false])
    #expect(race.failed(0, .connectFailed, at: start) == .wait)
    #expect(race.timePassed(at: start + .seconds(1)) == .wait)
  }

  @Test func whatRefusesWhileAnotherIsUnderWayMakesWayAtOnceToo() {
    var race = race(3)
    _ = race.begun(at: start)
    _ = race.timePassed(at: start + .milliseconds(50))
    #expect(race.failed(1, .connectRefused, at: start + .milliseconds(51)) == .connect(2))
    #expect(race.failed(2, .connectRefused, at: start + .milliseconds(52)) == .wait)
    #expect(race.timePassed(at: start + .milliseconds(250)) == .lose(.connectTimeout))
    let late = race.connected(0)
    #expect(!late)
  }

  @Test func aRefusalSaysMoreThanOtherErrorsAndTheFirstOfThoseMoreThanTheNext() {
    var race = race(2)
    _ = race.begun(at: start)
    _ = race.failed(0, .tlsFailed, at: start)
    #expect(race.failed(1, .connectFailed, at: start) == .lose(.tlsFailed))
  }

  @Test func noAddressAndNoTimeAreLostAtOnce() {
    var none = race(0)
    #expect(none.begun(at: start) == .lose(.connectFailed))
    var late = race(2)
    #expect(late.begun(at: start + .milliseconds(250)) == .lose(.connectTimeout))
    #expect(late.started == 0 && late.isOver)
  }

  @Test(arguments: [(2, 250, 50), (5, 250, 50), (10, 250, 25), (100, 250, 10), (2, 2000, 250), (3, 1000, 200), (2, 1, 10)])
  func theTimeLeftIsShared(count: Int, milliseconds: Int, delay: Int) {
    var race = race(count, .milliseconds(Int64(milliseconds)))
    _ = race.begun(at: start)
    #expect(race.nextEvent == start + .milliseconds(Int64(min(delay, milliseconds))))
  }

  private enum Fate: CaseIterable { case connects, refuses, hangs, refusesLate, connectsLate }

  /// Every list of up to four addresses with every fate: 780 races, played to their end on a clock of 5 ms.
  @Test(arguments: 1...4) func theRaceIsWonWhereverOneAddressConnectsInTime(count: Int) {
    for number in 0..<Int(pow(5, count)) {
      let fates = (0..<count).map { Fate.allCases[number / Int(pow(5, $0)) % 5] }
      let end = play(fates)
      hold(end.order == Array(0..<end.order.count), "\(fates): tried out of order")
      switch end.result {
      case .won(let index): hold([.connects, .connectsLate].contains(fates[index]), "\(fates)")
      case .lost(let error):
        hold(!fates.contains(.connects) && !fates.contains(.connectsLate), "\(fates): lost though one connects")
        hold(end.order.count == count, "\(fates): lost without trying all")
        hold(error == (fates.contains(.hangs) ? .connectTimeout : .connectRefused), "\(fates): \(error)")
        hold(fates != Array(repeating: .refuses, count: count) || end.time == .zero, "\(fates): took time")
      }
      if fates.first == .connects { hold(end.time == .zero && end.order == [0]) }
    }
  }

  private enum Result { case won(Int), lost(TransportError) }

  /// Late is 30 ms.
  private func play(_ fates: [Fate]) -> (result: Result, order: [Int], time: TimeAmount) {
    var race = race(fates.count)
    var order: [Int] = []
    var began: [Int: NIODeadline] = [:]
    var now = start
    var action = race.begun(at: now)
    while true {
      while case .connect(let index) = action {
        order.append(index)
        began[index] = now
        switch fates[index] {
        case .connects: if race.connected(index) { return (.won(index), order, now - start) }
        case .refuses: action = race.failed(index, .connectRefused, at: now)
        default: action = .wait
        }
      }
      if case .lose(let error) = action { return (.lost(error), order, now - start) }
      now = now + .milliseconds(5)
      action = .wait
      let due = began.filter { now - $0.value == .milliseconds(30) }.keys.sorted()
      for index in due where fates[index] == .connectsLate {
        if race.connected(index) { return (.won(index), order, now - start) }
      }
      if let index = due.first(where: { fates[$0] == .refusesLate }) { action = race.failed(index, .connectRefused, at: now) }
      if action == .wait { action = race.timePassed(at: now) }
    }
  }

  private func pow(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * base } }
}
