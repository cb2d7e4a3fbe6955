import NIOCore
import Testing

@testable import Clients

struct ConnectionPoolStateTests {
  typealias State = ConnectionPoolState<Int>
  private var state = State(maxConnections: 2, maxIdle: 2, idleTimeout: .seconds(30))
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private mutating func connected(for request: Int) throws -> State.ConnectionID {
    let id = try #require(state.requestArrived(request).connect)
    #expect(state.connected(id, at: start).send == State.Assignment(request: request, connection: id))
    return id
  }

  @Test mutating func theFirstRequestOpensAConnectionAndGetsIt() throws {
    _ = try connected(for: 1)
    #expect(state.leased == 1 && state.openCount == 1 && state.waitingCount == 0)
  }

  @Test mutating func aReturnedConnectionServesTheNextRequest() throws {
    let id = try connected(for: 1)
    #expect(state.returned(id, at: start) == State.Action())
    #expect(state.requestArrived(2) == State.Action(send: .init(request: 2, connection: id)))
  }

  @Test mutating func theConnectionUsedLastIsReusedFirst() throws {
    let (a, b) = (try connected(for: 1), try connected(for: 2))
    _ = state.returned(a, at: start)
    _ = state.returned(b, at: start)
    #expect(state.requestArrived(3).send?.connection == b)
    #expect(state.requestArrived(4).send?.connection == a)
  }

  @Test mutating func beyondTheBoundRequestsWaitInOrder() throws {
    let (a, b) = (try connected(for: 1), try connected(for: 2))
    #expect(state.requestArrived(3) == State.Action())
    #expect(state.requestArrived(4) == State.Action())
    #expect(state.returned(b, at: start).send == .init(request: 3, connection: b))
    #expect(state.returned(a, at: start).send == .init(request: 4, connection: a))
  }

  @Test mutating func aRequestTakesAFreedConnectionWhileItsOwnIsBeingOpened() throws {
    let a = try connected(for: 1)
    let b = try #require(state.requestArrived(2).connect)
    #expect(state.returned(a, at: start).send == .init(request: 2, connection: a))
    #expect(state.connected(b, at: start) == State.Action())
    #expect(state.idleCount == 1)
  }

  @Test mutating func aFailedAttemptFailsTheOldestRequestAndOnlyThat() throws {
    let a = try #require(state.requestArrived(1).connect)
    _ = state.requestArrived(2)
    _ = state.requestArrived(3)
    let action = state.connectFailed(a, .connectRefused)
    #expect(action.fail == .init(request: 1, error: .connectRefused))
    #expect(action.connect != nil && state.connecting == 2 && state.waitingCount == 2)
  }

  @Test mutating func aFailedAttemptThatNobodyNeedsFailsNobody() throws {
    let a = try connected(for: 1)
    let b = try #require(state.requestArrived(2).connect)
    _ = state.returned(a, at: start)
    #expect(state.connectFailed(b, .connectRefused) == State.Action())
  }

  @Test mutating func aClosedConnectionMakesRoomForAWaitingRequest() throws {
    let a = try connected(for: 1)
    _ = try connected(for: 2)
    _ = state.requestArrived(3)
    #expect(state.closed(a).connect != nil)
    #expect(state.openCount == 2)
  }

  @Test mutating func whatIsToldTwiceOrTooLateIsIgnored() throws {
    let a = try connected(for: 1)
    _ = state.closed(a)
    #expect(state.closed(a) == State.Action())
    #expect(state.returned(a, at: start) == State.Action(close: a))
    #expect(state.connected(a, at: start) == State.Action(close: a))
    #expect(state.connectFailed(a, .timeout) == State.Action())
    #expect(state.openCount == 0)
  }

  @Test mutating func anAbandonedRequestIsNotServed() throws {
    let a = try #require(state.requestArrived(1).connect)
    let abandoned = [state.requestAbandoned(1), state.requestAbandoned(1)]
    #expect(abandoned == [true, false])
    #expect(state.connected(a, at: start) == State.Action())
  }

  @Test mutating func aRequestSentAgainGoesFirst() throws {
    let (a, b) = (try connected(for: 1), try connected(for: 2))
    _ = state.requestArrived(3)
    _ = state.closed(a)
    _ = state.requestResent(1, needsFresh: false)
    #expect(state.returned(b, at: start).send == .init(request: 1, connection: b))
  }

  @Test mutating func aRequestThatNeedsAFreshConnectionGetsNoOther() throws {
    let (a, b) = (try connected(for: 1), try connected(for: 2))
    _ = state.returned(a, at: start)
    let action = state.requestResent(3, needsFresh: true)
    #expect(action.close == a)
    let fresh = try #require(action.connect)
    #expect(state.returned(b, at: start) == State.Action())
    #expect(state.connected(fresh, at: start).send == .init(request: 3, connection: fresh))
  }

  @Test mutating func aReturnedConnectionGivesWayToAFreshOneAtTheBound() throws {
    let (a, _) = (try connected(for: 1), try connected(for: 2))
    #expect(state.requestResent(3, needsFresh: true) == State.Action())
    let action = state.returned(a, at: start)
    #expect(action.close == a && action.connect != nil && action.send == nil)
  }

  @Test mutating func moreIdleConnectionsThanAllowedAreClosedTheLongestIdleFirst() throws {
    state = State(maxConnections: 2, maxIdle: 1, idleTimeout: .seconds(30))
    let (a, b) = (try connected(for: 1), try connected(for: 2))
    _ = state.returned(a, at: start)
    #expect(state.returned(b, at: start).close == a)
    #expect(state.idleCount == 1 && state.openCount == 1)
  }

  @Test mutating func idleConnectionsAreClosedWhenTheirTimeIsOver() throws {
    let (a, b) = (try connected(for: 1), try connected(for: 2))
    _ = state.returned(a, at: start)
    _ = state.returned(b, at: start + .seconds(1))
    #expect(state.nextIdleExpiry == start + .seconds(30))
    #expect(state.idleExpired(at: start + .seconds(29)).isEmpty)
    #expect(state.idleExpired(at: start + .seconds(30)) == [a])
    #expect(state.idleExpired(at: start + .seconds(31)) == [b])
    #expect(state.nextIdleExpiry == nil && state.openCount == 0)
  }

  @Test mutating func afterTheEndNothingIsServed() throws {
    let a = try connected(for: 1)
    let b = try #require(state.requestArrived(2).connect)
    _ = state.requestArrived(3)
    let end = state.shutDown()
    #expect(end.fail == [2, 3] && end.close == [a])
    #expect(state.connected(b, at: start) == State.Action(close: b))
    #expect(state.returned(a, at: start) == State.Action(close: a))
    #expect(state.requestArrived(4).fail == .init(request: 4, error: .shutDown))
    #expect(state.requestResent(5, needsFresh: true).fail == .init(request: 5, error: .shutDown))
    #expect(state.openCount == 0 && state.waitingCount == 0)
  }
}
