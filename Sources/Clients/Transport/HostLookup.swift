import NIOCore
import Synchronization

/// The addresses of host names: the shell around ``AddressBook``, one book for each name. For any thread.
///
/// One for the process, not one for each loop: a resolver that hangs holds a thread until it lets go of it, and `getaddrinfo`
/// cannot be cancelled. So there is never more than one question under way for a name, however many loops and upstreams want
/// the answer; names share nothing, so that a name server which hangs for one upstream holds up no other. The lock is taken once
/// for each new connection. Names come from the configuration: their number is bounded by it.
final class HostLookup: Sendable {
  typealias Addresses = Result<[SocketAddress], UnknownHost>
  /// Puts a question to a resolver; returns at once. `answer` may be told from any thread, once, or never.
  typealias Question = @Sendable (_ host: String, _ answer: @escaping @Sendable (Addresses) -> Void) -> Void

  private typealias Waiting = EventLoopPromise<AddressBook.Answer>

  private struct Entry {
    var book: AddressBook
    var waiting: [Waiting] = []
  }

  private let limits: AddressBook.Limits
  private let now: @Sendable () -> NIODeadline
  private let question: Question
  private let entries = Mutex<[String: Entry]>([:])

  /// What the whole process asks.
  static let system = HostLookup(question: SystemResolver.ask)

  init(
    limits: AddressBook.Limits = AddressBook.Limits(), now: @escaping @Sendable () -> NIODeadline = { .now() },
    question: @escaping Question
  ) {
    self.limits = limits
    self.now = now
    self.question = question
  }

  /// The addresses of `host`, at once where they are known; fails with ``UnknownHost``, or with `connectTimeout` where there is no
  /// answer at `deadline`, or none after `AddressBook.Limits.patience`.
  func addresses(
    of host: String, on eventLoop: any EventLoop, until deadline: NIODeadline
  ) -> EventLoopFuture<AddressBook.Answer> {
    let promise = eventLoop.makePromise(of: AddressBook.Answer.self)
    let action = entries.withLock { entries in
      let action = entries[host, default: Entry(book: AddressBook(limits))].book.asked(at: now())
      if case .wait = action.advice { entries[host]?.waiting.append(promise) }
      return action
    }
    switch action.advice {
    case .use(let answer): promise.succeed(answer)
    case .unknown(let error): promise.fail(error)
    case .silent: promise.fail(TransportError.connectTimeout)
    case .wait(let end):
      // A promise takes the first that it is told, the answer or this, and ignores what comes after.
      let timer = eventLoop.scheduleTask(deadline: min(end, deadline)) { promise.fail(TransportError.connectTimeout) }
      promise.futureResult.whenComplete { _ in timer.cancel() }
    }
    if action.asks { ask(host) }
    return promise.futureResult
  }

  /// None of the addresses in an answer could be reached: asks anew.
  func unreachable(_ answer: AddressBook.Answer, of host: String) {
    if entries.withLock({ $0[host]?.book.unreachable(answer, at: now()) ?? false }) { ask(host) }
  }

  private func ask(_ host: String) { question(host) { self.answered(host, $0) } }

  private func answered(_ host: String, _ addresses: Addresses) {
    let told = entries.withLock { entries -> (result: Result<AddressBook.Answer, UnknownHost>, waiting: [Waiting])? in
      guard var entry = entries[host] else { return nil }
      let result = entry.book.answered(addresses, at: now())
      entries[host] = Entry(book: entry.book)
      return (result, entry.waiting)
    }
    guard let told else { return }
    for promise in told.waiting { promise.completeWith(told.result.mapError { $0 }) }
  }
}
