import NIOCore
import RedisTestSupport
import TestSupport
import Testing

@testable import Redis

@Suite struct PipelineTests {
  private let soon = NIODeadline.uptimeNanoseconds(100)

  private func filled(_ count: Int) -> RedisPipeline<Int> {
    var pipeline = RedisPipeline<Int>(maxOutstanding: 10)
    for waiter in 0..<count { #expect(pipeline.submitted(waiter, until: soon) == .write(ticket: waiter)) }
    return pipeline
  }

  @Test func repliesGoToTheOldest() {
    var pipeline = filled(3)
    for waiter in 0..<3 { #expect(pipeline.replied() == .answer(waiter, close: false)) }
    #expect(pipeline.isOpen)
    #expect(pipeline.replied() == .close(.protocolViolation))
  }

  @Test func aReplyThatNobodyAskedForClosesTheConnection() {
    var pipeline = RedisPipeline<Int>(maxOutstanding: 1)
    #expect(pipeline.replied() == .close(.protocolViolation))
    #expect(pipeline.isClosed && pipeline.submitted(0, until: soon) == .refuse(.unavailable))
  }

  @Test func itIsDoubtedWhenTwoLooksFindTheSameCommandAndNothingElse() {
    var pipeline = filled(3)
    #expect(pipeline.looked() && pipeline.isResponsive)
    _ = pipeline.replied()
    #expect(pipeline.looked() && pipeline.isResponsive)
    #expect(pipeline.looked() && !pipeline.isResponsive)
    // It takes what is sent all the same, and is trusted again with the first reply.
    #expect(pipeline.submitted(3, until: soon) == .write(ticket: 3) && !pipeline.isResponsive)
    _ = pipeline.replied()
    #expect(pipeline.isResponsive && pipeline.looked() && pipeline.isResponsive)
  }

  @Test func aPauseWithNothingToAnswerIsNoSilence() {
    var pipeline = filled(1)
    #expect(pipeline.looked() == true)
    _ = pipeline.replied()
    #expect(pipeline.looked() == false)
    _ = pipeline.submitted(1, until: soon)
    #expect(pipeline.looked() && pipeline.isResponsive)
  }

  @Test func moreThanItsBoundIsRefused() {
    var pipeline = filled(10)
    #expect(pipeline.submitted(10, until: soon) == .refuse(.overloaded))
    _ = pipeline.replied()
    #expect(pipeline.submitted(10, until: soon) == .write(ticket: 10))
  }

  @Test func moreBytesThanItsBoundAreRefusedButOneCommandAlone() {
    var pipeline = RedisPipeline<Int>(maxOutstanding: 10, maxBytes: 100)
    #expect(pipeline.submitted(0, bytes: 500, until: soon) == .write(ticket: 0))
    #expect(pipeline.submitted(1, bytes: 1, until: soon) == .refuse(.overloaded))
    _ = pipeline.replied()
    #expect(pipeline.submitted(1, bytes: 60, until: soon) == .write(ticket: 1))
    #expect(pipeline.submitted(2, bytes: 40, until: soon) == .write(ticket: 2))
    #expect(pipeline.submitted(3, bytes: 1, until: soon) == .refuse(.overloaded))
    _ = pipeline.replied()
    #expect(pipeline.submitted(3, bytes: .max, until: soon) == .refuse(.overloaded))
    #expect(pipeline.submitted(3, bytes: 60, until: soon) == .write(ticket: 3))
  }

  @Test func oneLateCommandClosesTheConnection() {
    var pipeline = filled(2)
    #expect(pipeline.submitted(2, until: .uptimeNanoseconds(50)) == .write(ticket: 2))
    #expect(pipeline.nextDeadline == .uptimeNanoseconds(50))
    #expect(pipeline.timePassed(at: .uptimeNanoseconds(49)) == .none)
    #expect(pipeline.timePassed(at: .uptimeNanoseconds(50)) == .close(.timeout))
    #expect(pipeline.removeAll().map(\.waiter) == [0, 1, 2])
    #expect(pipeline.replied() == .none)
  }

  @Test func aCancelledCommandLetsTheOthersFinishAndNobodyElseBegin() {
    var pipeline = filled(3)
    #expect(pipeline.cancelled(ticket: 1) == .none)
    #expect(!pipeline.isOpen && pipeline.submitted(3, until: soon) == .refuse(.unavailable))
    #expect(pipeline.replied() == .answer(0, close: false))
    #expect(pipeline.replied() == .answer(nil, close: false))
    #expect(pipeline.replied() == .answer(2, close: true))
    #expect(pipeline.isClosed)
  }

  @Test func whatIsWantedByNobodyIsClosedAtOnce() {
    var pipeline = filled(2)
    #expect(pipeline.cancelled(ticket: 0) == .none)
    #expect(pipeline.cancelled(ticket: 0) == .none)
    #expect(pipeline.cancelled(ticket: 7) == .none)
    #expect(pipeline.cancelled(ticket: 1) == .close(.cancelled))
    #expect(pipeline.removeAll().isEmpty)
  }

  /// A hundred thousand random events against a list that does the same slowly: a reply reaches the one that it belongs to, or nobody.
  @Test func noReplyEverReachesAnother() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<2_000 {
      var pipeline = RedisPipeline<Int>(maxOutstanding: 8)
      // What the server has still to answer, by ticket.
      var wire: [(ticket: Int, isWanted: Bool)] = []
      var next = 0
      for _ in 0..<50 where !pipeline.isClosed {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
          switch pipeline.submitted(next, until: soon) {
          case .write(let ticket):
            hold(ticket == next && wire.count < 8)
            wire.append((ticket, true))
            next += 1
          case .refuse(let error): hold(error == (wire.count == 8 && pipeline.isOpen ? .overloaded : .unavailable))
          }
        case 5..<9 where !wire.isEmpty:
          let first = wire.removeFirst()
          guard case .answer(let waiter, let close) = pipeline.replied() else {
            Issue.record("a reply was not given to anybody")
            break
          }
          hold(waiter == (first.isWanted ? first.ticket : nil))
          hold(close == (pipeline.isClosed && wire.isEmpty))
        case 9 where !wire.isEmpty:
          let index = Int.random(in: 0..<wire.count, using: &random)
          wire[index].isWanted = false
          let action = pipeline.cancelled(ticket: wire[index].ticket)
          hold(!pipeline.isOpen)
          hold(action == (wire.contains(where: \.isWanted) || !pipeline.isClosed ? .none : .close(.cancelled)))
        default: break
        }
        hold(pipeline.isClosed || pipeline.outstanding == wire.count)
      }
      let left = pipeline.removeAll().map(\.waiter)
      hold(left == wire.filter(\.isWanted).map(\.ticket))
    }
  }
}
