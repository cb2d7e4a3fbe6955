import NIOCore
import Testing
import TestSupport

@testable import Clients

/// Random events against a plain model of what may be: 40 seeds of 1,000 events.
struct ConnectionPoolStateRandomTests {
  @Test(arguments: 0..<40) func everyRequestIsAnsweredOnceAndNoConnectionServesTwo(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var model = Model(bound: .random(in: 1...6, using: &random), maxIdle: .random(in: 0...6, using: &random))
    for _ in 0..<1000 {
      model.step(&random)
      model.check()
    }
    model.settle()
    #expect(model.waiting.isEmpty && model.answered == model.arrived)
    model.end()
    #expect(model.state.openCount == 0)
  }
}

private struct Model {
  typealias State = ConnectionPoolState<Int>
  var state: State
  let bound: Int
  var now = NIODeadline.uptimeNanoseconds(1)
  var arrived = 0
  var answered = 0
  var waiting: [Int] = []
  var needsFresh: Set<Int> = []
  var connecting: [State.ConnectionID] = []
  var used: Set<State.ConnectionID> = []
  var idle: Set<State.ConnectionID> = []
  var leased: [State.ConnectionID: Int] = [:]

  init(bound: Int, maxIdle: Int) {
    self.bound = bound
    state = State(maxConnections: bound, maxIdle: maxIdle, idleTimeout: .nanoseconds(100))
  }

  mutating func step(_ random: inout SeededGenerator) {
    now = now + .nanoseconds(1)
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<35: arrive()
    case 35..<55: if let id = connecting.randomElement(using: &random) { connect(id) }
    case 55..<60: if let id = connecting.randomElement(using: &random) { fail(id) }
    case 60..<85: if let (id, _) = leased.min(by: { $0.value < $1.value }) { giveBack(id) }
    case 85..<89: if let id = leased.keys.min(by: { $0.index < $1.index }) { lose(id, resending: Bool.random(using: &random)) }
    case 89..<92: if let id = idle.min(by: { $0.index < $1.index }) { loseIdle(id) }
    case 92..<97: if let request = waiting.randomElement(using: &random) { abandon(request) }
    default:
      for id in state.idleExpired(at: now) { hold(idle.remove(id) != nil) }
    }
  }

  mutating func arrive() {
    arrived += 1
    waiting.append(arrived)
    perform(state.requestArrived(arrived))
  }

  mutating func connect(_ id: State.ConnectionID) {
    connecting.removeAll { $0 == id }
    idle.insert(id)
    perform(state.connected(id, at: now))
  }

  mutating func fail(_ id: State.ConnectionID) {
    connecting.removeAll { $0 == id }
    perform(state.connectFailed(id, .connectRefused))
  }

  mutating func giveBack(_ id: State.ConnectionID) {
    leased[id] = nil
    answered += 1
    used.insert(id)
    idle.insert(id)
    perform(state.returned(id, at: now))
  }

  mutating func lose(_ id: State.ConnectionID, resending: Bool) {
    guard let request = leased.removeValue(forKey: id) else { return }
    perform(state.closed(id))
    guard resending else {
      answered += 1
      return
    }
    waiting.insert(request, at: 0)
    if request.isMultiple(of: 2) { needsFresh.insert(request) }
    perform(state.requestResent(request, needsFresh: request.isMultiple(of: 2)))
  }

  mutating func loseIdle(_ id: State.ConnectionID) {
    idle.remove(id)
    perform(state.closed(id))
  }

  mutating func abandon(_ request: Int) {
    let wasWaiting = state.requestAbandoned(request)
    hold(wasWaiting)
    answered += 1
    waiting.removeAll { $0 == request }
  }

  mutating func perform(_ action: State.Action) {
    if let id = action.close { hold(idle.remove(id) != nil) }
    if let id = action.connect {
      hold(!connecting.contains(id) && !idle.contains(id) && leased[id] == nil)
      connecting.append(id)
    }
    if let failure = action.fail {
      hold(waiting.first == failure.request)
      waiting.removeFirst()
      answered += 1
    }
    if let send = action.send {
      hold(idle.remove(send.connection) != nil, "leased is only what was idle or new")
      hold(leased.updateValue(send.request, forKey: send.connection) == nil)
      hold(!(needsFresh.contains(send.request) && used.contains(send.connection)))
      let first = waiting.first { $0 == send.request || !needsFresh.contains($0) }
      hold(first == send.request, "first come, first served")
      waiting.removeAll { $0 == send.request }
    }
  }

  func check() {
    hold(state.openCount == connecting.count + idle.count + leased.count)
    hold(state.openCount <= bound)
    hold(Array(state.waitingRequests) == waiting)
    hold(state.connecting == connecting.count && state.leased == leased.count && state.idleCount == idle.count)
    if !waiting.isEmpty { hold(!connecting.isEmpty || !leased.isEmpty, "somebody waits for nothing") }
    hold(answered + waiting.count + leased.count == arrived)
  }

  /// With nothing new, and no failure, everybody is served.
  mutating func settle() {
    for _ in 0..<10_000 where !(waiting.isEmpty && leased.isEmpty) {
      if let id = connecting.first { connect(id) }
      if let id = leased.keys.first { giveBack(id) }
      check()
    }
  }

  mutating func end() {
    let end = state.shutDown()
    hold(end.fail.isEmpty && Set(end.close) == idle)
  }
}
