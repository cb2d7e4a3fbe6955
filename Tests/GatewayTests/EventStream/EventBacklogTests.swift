import NIOCore
import Testing

@testable import Gateway

@Suite struct EventBacklogTests {
  private func event(_ sizes: Int...) -> [ByteBuffer] { sizes.map { ByteBuffer(repeating: 0x78, count: $0) } }

  @Test func whoeverIsNotBehindIsToldHoweverMuchItIs() {
    var backlog = EventBacklog(limit: 100)
    let isTold = backlog.add(event(5000), isOwed: false)
    #expect(isTold && backlog.behind == 5000)
  }

  @Test func whoeverIsTooFarBehindIsToldNothingMore() {
    var backlog = EventBacklog(limit: 100)
    let (first, second) = (backlog.add(event(60, 41), isOwed: false), backlog.add(event(1), isOwed: false))
    #expect(first && !second && backlog.behind == 101)
    _ = backlog.next(atMost: 1)
    let third = backlog.add(event(1), isOwed: false)
    #expect(third)
  }

  @Test func whatIsOwedIsHeldAgainstNobody() {
    var backlog = EventBacklog(limit: 100)
    let owed = [5000, 5000].map { backlog.add(event($0), isOwed: true) }
    #expect(owed == [true, true] && backlog.behind == 0)
    let news = [101, 1].map { backlog.add(event($0), isOwed: false) }
    #expect(news == [true, false])
    let more = backlog.add(event(1), isOwed: true)
    #expect(more)
  }

  @Test func itComesOutInOrderAndInParts() {
    var backlog = EventBacklog(limit: 100)
    _ = backlog.add([ByteBuffer(string: "abc"), ByteBuffer(), ByteBuffer(string: "defg")], isOwed: false)
    _ = backlog.add([ByteBuffer(string: "hi")], isOwed: true)
    var parts: [[String]] = []
    while !backlog.isEmpty { parts.append(backlog.next(atMost: 5).map { String(buffer: $0) }) }
    #expect(parts == [["abc", "de"], ["fg", "hi"]])
    #expect(backlog.behind == 0)
    let nothing = backlog.next(atMost: 5)
    #expect(nothing.isEmpty)
  }

  @Test func noPartIsEmpty() {
    var backlog = EventBacklog(limit: 100)
    _ = backlog.add(event(2), isOwed: false)
    let (first, second) = (backlog.next(atMost: 0), backlog.next(atMost: -1))
    #expect(first.map(\.readableBytes) == [1] && second.map(\.readableBytes) == [1])
  }
}
