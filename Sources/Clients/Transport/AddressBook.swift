import NIOCore

/// A name that the system cannot resolve.
struct UnknownHost: Error, Equatable {
  /// What `getaddrinfo` returned; 0 where it found a name without an address.
  let code: CInt
}

/// What is known of the addresses of one host name: a value, told what has happened, that answers with what to do about it.
///
/// At most one question is under way, and none begins within ``Limits/pause`` of the end of the one before.
///
/// | Age of the answer | Served? | Asked anew? |
/// |---|---|---|
/// | under `lifetime` | yes | only after no address of it could be reached |
/// | under `retention` | yes | yes, in the background |
/// | more, or there is none | no: wait, at most `patience` after the question began | yes |
struct AddressBook {
  struct Limits: Sendable {
    /// How long an answer is used without asking again.
    var lifetime = TimeAmount.seconds(30)
    /// How long an answer is used while it cannot be had anew.
    var retention = TimeAmount.minutes(10)
    /// How long nothing is asked after a question ended; so long a failure is remembered.
    var pause = TimeAmount.seconds(1)
    /// How long the first answer is waited for. After that whoever asks is told `silent`, until the resolver does answer.
    var patience = TimeAmount.seconds(2)
  }

  struct Answer: Equatable, Sendable {
    /// Tells this answer from the ones before and after it.
    let number: Int
    /// Never empty, none twice, in the resolver's order (RFC 6724), without a port.
    let addresses: [SocketAddress]
  }

  enum Advice: Equatable {
    case use(Answer)
    /// An answer is on its way, but not worth waiting for past this instant.
    case wait(until: NIODeadline)
    case unknown(UnknownHost)
    /// The resolver has not answered for so long that waiting is useless.
    case silent
  }

  struct Action: Equatable {
    let advice: Advice
    /// Whether a question is to be put to the resolver now.
    let asks: Bool
  }

  private let limits: Limits
  private var answer: (value: Answer, since: NIODeadline)?
  private var failure: UnknownHost?
  /// When the question under way began.
  private var question: NIODeadline?
  private var quietUntil: NIODeadline?
  private var isDoubted = false
  private var answers = 0

  init(_ limits: Limits = Limits()) { self.limits = limits }

  /// Somebody wants to connect.
  mutating func asked(at now: NIODeadline) -> Action {
    if let answer, now - answer.since < limits.retention {
      let isOld = isDoubted || now - answer.since >= limits.lifetime
      return Action(advice: .use(answer.value), asks: isOld && ask(at: now))
    }
    let asks = ask(at: now)
    guard let question else { return Action(advice: .unknown(failure ?? UnknownHost(code: 0)), asks: false) }
    let end = question + limits.patience
    return Action(advice: now < end ? .wait(until: end) : .silent, asks: asks)
  }

  /// The resolver has answered. Returns what to tell those who wait.
  mutating func answered(
    _ result: Result<[SocketAddress], UnknownHost>, at now: NIODeadline
  ) -> Result<Answer, UnknownHost> {
    question = nil
    quietUntil = now + limits.pause
    var seen: Set<SocketAddress> = []
    let addresses = result.map { $0.filter { seen.insert($0).inserted } }
    switch addresses {
    case .success(let addresses) where !addresses.isEmpty:
      answers += 1
      let value = Answer(number: answers, addresses: addresses)
      answer = (value, now)
      (failure, isDoubted) = (nil, false)
      return .success(value)
    case .success: return .failure(remember(UnknownHost(code: 0)))
    case .failure(let error): return .failure(remember(error))
    }
  }

  /// None of an answer's addresses could be reached. Returns whether a question is to be put to the resolver now.
  mutating func unreachable(_ answer: Answer, at now: NIODeadline) -> Bool {
    guard answer.number == self.answer?.value.number else { return false }
    isDoubted = true
    return ask(at: now)
  }

  private mutating func ask(at now: NIODeadline) -> Bool {
    guard question == nil, quietUntil.map({ $0 <= now }) ?? true else { return false }
    question = now
    return true
  }

  private mutating func remember(_ error: UnknownHost) -> UnknownHost {
    failure = error
    return error
  }
}
