import NIOCore
import Resilience
import Synchronization

/// The token of a service account at one upstream, for all loops: fetched by who first needs it, given to all.
final class ServiceSession: Sendable {
  typealias Told = @Sendable (Result<ServiceToken, CallFailure>) -> Void

  private struct Shared {
    var state: SignInState
    var waiting: [Told] = []
  }

  private let rule: SignInRule
  private let read: SignInRule.Reader
  private let shared: Mutex<Shared>

  init(_ rule: SignInRule, _ read: @escaping SignInRule.Reader) {
    self.rule = rule
    self.read = read
    shared = Mutex(Shared(state: SignInState(pause: rule.pause)))
  }

  /// A token, or why there is none; nil where `told` is called later, on whichever loop. Must be called on the loop of `stack`, with
  /// which the upstream is asked if it has to be.
  ///
  /// - Parameter refused: the token that the upstream has just not taken.
  func token(
    replacing refused: ServiceToken? = nil, with stack: UpstreamStack, _ told: @escaping Told
  ) -> Result<ServiceToken, CallFailure>? {
    let answer = shared.withLock { shared in
      let answer = shared.state.wanted(replacing: refused, at: Instant(.now()))
      if answer == .wait || answer == .signIn { shared.waiting.append(told) }
      return answer
    }
    switch answer {
    case .use(let token): return .success(token)
    case .fail(let failure): return .failure(failure)
    case .wait: break
    case .signIn: signIn(with: stack)
    }
    return nil
  }

  /// One try: whoever waits has a deadline, and the next one may try again.
  private func signIn(with stack: UpstreamStack) {
    let line = stack.pickLine()
    let ended = { [self] (outcome: Exchange.Outcome) in
      let outcome = CallInFlight.Outcome(outcome)
      stack.leave(line: line, isFailure: outcome.failure != nil)
      self.ended(outcome)
    }
    let (requests, transport) = (stack.lines[line].requests, stack.lines[line].transport)
    do throws(TransportError) {
      let bytes = try transport.bytes(of: requests.signIn(rule))
      transport.exchange(bytes, until: .now() + stack.attemptTimeout).start(for: ExchangeCallback(ended))
    } catch {
      ended(.failure(error))
    }
  }

  private func ended(_ outcome: CallInFlight.Outcome) {
    let text: Result<String, CallFailure> = outcome.flatMap { reply in
      read(reply.body, rule.member).map { .success($0) } ?? .failure(CallFailure(.wrongShape))
    }
    let (result, waiting) = shared.withLock { shared in
      let result =
        switch text {
        case .success(let text): shared.state.signedIn(text)
        case .failure(let failure): shared.state.failed(failure)
        }
      defer { shared.waiting = [] }
      return (result, shared.waiting)
    }
    for told in waiting { told(result) }
  }
}

/// An exchange that tells a closure of its end.
final class ExchangeCallback: ExchangeOwner {
  private let completion: (Exchange.Outcome) -> Void

  init(_ completion: @escaping (Exchange.Outcome) -> Void) { self.completion = completion }

  func ended(_ exchange: Exchange, _ outcome: Exchange.Outcome) { completion(outcome) }
}
