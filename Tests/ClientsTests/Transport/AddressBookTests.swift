import NIOCore
import Testing
import TestSupport

@testable import Clients

struct AddressBookTests {
  typealias Action = AddressBook.Action
  private var book = AddressBook()
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private let a: SocketAddress
  private let b: SocketAddress
  private let unknown = UnknownHost(code: -2)

  init() throws {
    a = try SocketAddress(ipAddress: "192.0.2.1", port: 0)
    b = try SocketAddress(ipAddress: "2001:db8::1", port: 0)
  }

  /// Asks at the start and answers at once.
  private mutating func known() throws -> AddressBook.Answer {
    #expect(book.asked(at: start).asks)
    return try book.answered(.success([a]), at: start).get()
  }

  @Test mutating func theFirstWhoAsksCausesAQuestionAndAllWaitForItsAnswer() throws {
    let wait = AddressBook.Advice.wait(until: start + .seconds(2))
    #expect(book.asked(at: start) == Action(advice: wait, asks: true))
    #expect(book.asked(at: start + .milliseconds(1999)) == Action(advice: wait, asks: false))
    let answer = try book.answered(.success([a, b]), at: start + .milliseconds(1999)).get()
    #expect(answer.addresses == [a, b])
    #expect(book.asked(at: start + .seconds(2)) == Action(advice: .use(answer), asks: false))
  }

  @Test mutating func nobodyWaitsForAResolverThatHangsAndNobodyAsksItTwice() throws {
    _ = book.asked(at: start)
    for seconds in [2, 3, 60, 86_400] {
      #expect(book.asked(at: start + .seconds(Int64(seconds))) == Action(advice: .silent, asks: false))
    }
    let late = start + .seconds(86_401)
    let answer = try book.answered(.success([a]), at: late).get()
    #expect(book.asked(at: late) == Action(advice: .use(answer), asks: false))
  }

  @Test mutating func anAnswerServesFor30SecondsWithoutAQuestion() throws {
    let answer = try known()
    #expect(book.asked(at: start + .seconds(30) - .nanoseconds(1)) == Action(advice: .use(answer), asks: false))
  }

  @Test mutating func afterThatItServesWhileItIsAskedAnewOnce() throws {
    let answer = try known()
    #expect(book.asked(at: start + .seconds(30)) == Action(advice: .use(answer), asks: true))
    #expect(book.asked(at: start + .seconds(31)) == Action(advice: .use(answer), asks: false))
    let new = try book.answered(.success([b]), at: start + .seconds(32)).get()
    #expect(new.number != answer.number)
    #expect(book.asked(at: start + .seconds(61)) == Action(advice: .use(new), asks: false))
    #expect(book.asked(at: start + .seconds(62)).asks)
  }

  @Test mutating func anOldAnswerServesFor10MinutesWhereARefreshHangsAndThenNoMore() throws {
    let answer = try known()
    _ = book.asked(at: start + .seconds(30))
    #expect(book.asked(at: start + .seconds(599)) == Action(advice: .use(answer), asks: false))
    #expect(book.asked(at: start + .seconds(600)) == Action(advice: .silent, asks: false))
  }

  @Test mutating func anOldAnswerServesWhereARefreshFailsWhichIsTriedOnceASecond() throws {
    let answer = try known()
    var now = start + .seconds(30)
    for _ in 0..<5 {
      #expect(book.asked(at: now) == Action(advice: .use(answer), asks: true))
      #expect(book.answered(.failure(unknown), at: now) == .failure(unknown))
      #expect(book.asked(at: now + .milliseconds(999)) == Action(advice: .use(answer), asks: false))
      now = now + .seconds(1)
    }
  }

  @Test mutating func aTooOldAnswerIsNotUsedAndAnewOneIsWaitedFor() throws {
    _ = try known()
    let late = start + .minutes(10)
    #expect(book.asked(at: late) == Action(advice: .wait(until: late + .seconds(2)), asks: true))
    #expect(book.answered(.failure(unknown), at: late) == .failure(unknown))
    #expect(book.asked(at: late) == Action(advice: .unknown(unknown), asks: false))
  }

  @Test mutating func aFailureIsRememberedForASecond() throws {
    _ = book.asked(at: start)
    let end = start + .milliseconds(300)
    #expect(book.answered(.failure(unknown), at: end) == .failure(unknown))
    #expect(book.asked(at: end + .milliseconds(999)) == Action(advice: .unknown(unknown), asks: false))
    let next = end + .seconds(1)
    #expect(book.asked(at: next) == Action(advice: .wait(until: next + .seconds(2)), asks: true))
  }

  @Test mutating func aNameWithoutAnAddressIsUnknown() throws {
    _ = book.asked(at: start)
    #expect(book.answered(.success([]), at: start) == .failure(UnknownHost(code: 0)))
    #expect(book.asked(at: start).advice == .unknown(UnknownHost(code: 0)))
  }

  @Test mutating func anAddressGivenTwiceCountsOnce() throws {
    _ = book.asked(at: start)
    #expect(try book.answered(.success([a, b, a]), at: start).get().addresses == [a, b])
  }

  @Test mutating func anAnswerNoneOfWhoseAddressesCanBeReachedIsAskedAnewButNotMoreThanOnceASecond() throws {
    let answer = try known()
    let asks = [0, 999, 1000, 1001].map { book.unreachable(answer, at: start + .milliseconds($0)) }
    #expect(asks == [false, false, true, false])
    #expect(book.asked(at: start + .seconds(2)) == Action(advice: .use(answer), asks: false))
    let same = try book.answered(.success([a]), at: start + .seconds(2)).get()
    let again = [2999, 3000].map { book.unreachable(same, at: start + .milliseconds($0)) }
    #expect(again == [false, true])
  }

  @Test mutating func aDoubtThatCameTooSoonIsRememberedForTheNextWhoAsks() throws {
    let answer = try known()
    let asks = book.unreachable(answer, at: start + .milliseconds(10))
    #expect(!asks)
    #expect(book.asked(at: start + .milliseconds(999)) == Action(advice: .use(answer), asks: false))
    #expect(book.asked(at: start + .seconds(1)) == Action(advice: .use(answer), asks: true))
    let new = try book.answered(.success([b]), at: start + .seconds(1)).get()
    #expect(book.asked(at: start + .seconds(3)) == Action(advice: .use(new), asks: false))
  }

  @Test mutating func whatFailedWithAnEarlierAnswerSaysNothingOfTheNewOne() throws {
    let old = try known()
    _ = book.asked(at: start + .seconds(30))
    let new = try book.answered(.success([a]), at: start + .seconds(30)).get()
    let asks = book.unreachable(old, at: start + .seconds(40))
    #expect(!asks)
    #expect(book.asked(at: start + .seconds(40)) == Action(advice: .use(new), asks: false))
  }

  /// 60 seeds of 2,000 events, against what must hold of all of them.
  @Test(arguments: 0..<60) func thereAreNeverTwoQuestionsNorTwoWithinASecond(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var book = AddressBook()
    var now = start
    var isAsking = false
    var ended: NIODeadline?
    var latest: (answer: AddressBook.Answer, at: NIODeadline)?
    var old: AddressBook.Answer?
    func asks(_ now: NIODeadline) {
      hold(!isAsking, "two questions at once")
      hold(ended.map { now - $0 >= .seconds(1) } ?? true, "asked again within a second")
      isAsking = true
    }
    for _ in 0..<2000 {
      let steps: [TimeAmount] = [.nanoseconds(0), .milliseconds(1), .milliseconds(300), .seconds(1), .seconds(20), .minutes(6)]
      now = now + (steps.randomElement(using: &random) ?? .zero)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let action = book.asked(at: now)
        if action.asks { asks(now) }
        switch action.advice {
        case .use(let answer): hold(answer == latest?.answer && latest.map { now - $0.at < .minutes(10) } == true)
        case .wait(let end): hold(isAsking && end > now && end <= now + .seconds(2))
        case .unknown: hold(!isAsking && ended.map { now - $0 < .seconds(1) } == true)
        case .silent: hold(isAsking && !action.asks)
        }
      case 5..<8:
        guard isAsking else { break }
        let succeeds = Bool.random(using: &random)
        let result = book.answered(succeeds ? .success([a]) : .failure(unknown), at: now)
        (isAsking, ended) = (false, now)
        if case .success(let answer) = result {
          hold(succeeds && answer.number != latest?.answer.number)
          (old, latest) = (latest?.answer, (answer, now))
        } else {
          hold(!succeeds)
        }
      default:
        let answer = Bool.random(using: &random) ? latest?.answer : old
        if let answer, book.unreachable(answer, at: now) {
          hold(answer == latest?.answer)
          asks(now)
        }
      }
    }
  }
}
