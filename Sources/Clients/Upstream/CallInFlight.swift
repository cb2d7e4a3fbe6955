import NIOCore
import NIOHTTP1
import Resilience

/// A call under way: takes it through the policies of its ``UpstreamStack``, try after try, to its one end. Belongs to its event loop.
///
/// Four of these and a counter are the fan-out of a document: no task is made, switched or ended for a section (docs/decisions/0005).
package final class CallInFlight: ExchangeOwner, SlotWaiter {
  package typealias Outcome = Result<UpstreamReply, CallFailure>

  let deadline: NIODeadline
  private let stack: UpstreamStack
  private let call: UpstreamCall
  /// Nil when it has ended.
  private var completion: ((CallInFlight, Outcome) -> Void)?

  private var began = NIODeadline.uptimeNanoseconds(0)
  /// Nil without a tracer.
  private var trace: CallTrace?
  /// From its beginning to its answer, until that has been judged.
  private var unjudged: TimeAmount?

  private var attempt = 1
  /// Where the upstream is signed in to: what its tries are sent with.
  private var token: ServiceToken?
  private var hasAnotherToken = false
  /// Since when it waits for a place; nil when it does not.
  private var queued: NIODeadline?
  /// Held from the admission of a try to its verdict.
  private var permit: CircuitGate.Permit?
  /// On the wire: the try, and its hedge.
  private var exchange: Try?
  private var hedge: Try?
  /// How long the try took that was answered.
  private var latency = TimeAmount.zero
  private var timer: Scheduled<Void>?

  private struct Try {
    let exchange: Exchange
    let kind: AttemptKind
    let line: Int
    let started: NIODeadline
    /// Nil without a tracer.
    let trace: AttemptTrace?
  }

  init(
    _ call: UpstreamCall, stack: UpstreamStack, until deadline: NIODeadline,
    _ completion: @escaping (CallInFlight, Outcome) -> Void
  ) {
    self.call = call
    self.stack = stack
    self.deadline = deadline
    self.completion = completion
  }

  /// An answer that nobody judged says nothing; a probe's place must not be lost with it.
  deinit {
    giveUpPermit()
    tellJudged(CallFailure(.cancelled))
  }

  /// Nobody waits any more: what is under way is given up, and the call ends as cancelled. At any time, any number of times.
  package func cancel() {
    guard completion != nil else { return }
    end(.failure(CallFailure(.cancelled)))
    timer?.cancel()
    if stack.queue.abandon(self) { tellWaited() }
    exchange?.exchange.cancel()
    hedge?.exchange.cancel()
    giveUpPermit()
  }

  /// Whoever was given an answer says whether it was good: nil, or what was wrong with it. Once for each answer.
  package func judged(_ failure: CallFailure?) {
    settle(failure, after: latency)
    tellJudged(failure)
  }

  private var isFirstTry: Bool { attempt == 1 && !hasAnotherToken }

  // MARK: Each try: admission, a place, the wire

  func begin() {
    began = .now()
    trace = stack.instruments.callBegan(call)
    call.trail?.timeline.add(.callBegan, section: call.trail?.section ?? "", at: began)
    if stack.session == nil { nextTry(at: began) } else { wantToken(at: began) }
  }

  private func nextTry(at now: NIODeadline) {
    guard now < deadline else { return end(.failure(CallFailure(.timeout))) }
    switch stack.gate.admit(at: Instant(now), isFirst: isFirstTry) {
    case .failure(let refusal):
      call.trail?.add(.refused(refusal.reason))
      end(.failure(refusal))
    case .success(let permit):
      self.permit = permit
      switch stack.queue.enter(self) {
      case .granted: send(at: now)
      case .queued:
        queued = now
        call.trail?.add(.queued)
      case .refused: refused(CallFailure(.concurrencyLimit))
      }
    }
  }

  /// What has become known while it waited holds for it too: that the time is over, that the breaker is open, `Retry-After`.
  func placeGranted() {
    tellWaited()
    let now = NIODeadline.now()
    guard now < deadline else {
      stack.queue.leave()
      return refused(CallFailure(.queueTimeout))
    }
    if case .closed = permit {
      switch stack.gate.admit(at: Instant(now), isFirst: false) {
      case .success(let permit): self.permit = permit
      case .failure(let refusal):
        stack.queue.leave()
        return refused(refusal)
      }
    }
    send(at: now)
  }

  func queueTimedOut() {
    tellWaited()
    refused(CallFailure(.queueTimeout))
  }

  private func refused(_ failure: CallFailure) {
    call.trail?.add(.refused(failure.reason))
    giveUpPermit()
    end(.failure(failure))
  }

  private func send(at now: NIODeadline) {
    do {
      let next = try makeTry(isFirstTry ? .first : .retry, at: now)
      exchange = next
      scheduleHedge(at: now)
      next.exchange.start(for: self)
    } catch {
      stack.queue.leave()
      giveUpPermit()
      end(.failure(CallFailure(error)))
    }
  }

  private func makeTry(_ kind: AttemptKind, at now: NIODeadline) throws(TransportError) -> Try {
    let line = stack.pickLine()
    let trace = trace?.attemptBegan(kind, to: stack.lines[line].transport.endpoint)
    do {
      var request = stack.lines[line].requests.request(for: call, token: token)
      if stack.sendsDeadline {
        request.headers.add(name: "x-request-deadline-ms", value: String((deadline - now).nanoseconds / 1_000_000))
      }
      if let trace { trace.inject(into: &request.headers) } else { call.trail?.inject(into: &request.headers) }
      let transport = stack.lines[line].transport
      let exchange = transport.exchange(try transport.bytes(of: request), until: min(deadline, now + stack.attemptTimeout))
      stack.instruments.attemptBegan(kind)
      call.trail?.timeline.add(.attemptBegan(kind, endpoint: line), section: call.trail?.section ?? "", at: now)
      return Try(exchange: exchange, kind: kind, line: line, started: now, trace: trace)
    } catch {
      trace?.ended(.failure(CallFailure(error)))
      stack.leave(line: line, isFailure: false)
      throw error
    }
  }

  // MARK: How a try ended

  func ended(_ exchange: Exchange, _ outcome: Exchange.Outcome) {
    let now = NIODeadline.now()
    let outcome = Outcome(outcome, to: call)
    let isHedge = exchange === hedge?.exchange
    guard let ended = take(exchange) else { return }
    stack.instruments.attemptEnded(outcome.failure)
    ended.trace?.ended(outcome)
    call.trail?.add(.attemptEnded(ended.kind, endpoint: ended.line, outcome))
    let took = now - ended.started
    stack.leave(line: ended.line, isFailure: outcome.failure?.countsAgainstCircuit ?? false)
    guard completion != nil else { return stack.queue.leave() }
    learn(took, outcome.failure, at: now)
    // While the other one is under way nothing is lost.
    let isLast = self.exchange == nil && hedge == nil
    if let failure = outcome.failure {
      // Before the place goes to another: what this try has shown holds for that one too.
      remember(failure, at: now)
      if isLast { settle(failure, after: took) }
    }
    stack.queue.leave()
    // The call that was given the place may have ended at once, and with it all that waited for this one.
    guard completion != nil else { return }
    switch outcome {
    case .success(let reply):
      if isHedge { stack.instruments.hedgeWon() }
      answered(reply, after: took, at: now)
    case .failure(let failure):
      guard isLast else { return }
      timer?.cancel()
      if failure.reason == .unauthorized, let token, !hasAnotherToken {
        hasAnotherToken = true
        wantToken(replacing: token, at: now)
      } else {
        retry(after: failure, at: now)
      }
    }
  }

  private func take(_ ended: Exchange) -> Try? {
    if ended === exchange?.exchange { exchange.take() } else { hedge.take() }
  }

  private func answered(_ reply: UpstreamReply, after took: TimeAmount, at now: NIODeadline) {
    latency = took
    unjudged = now - began
    timer?.cancel()
    // Without it the slow ones would vanish from the record.
    if let exchange { stack.hedge?.answered(after: .nanoseconds((now - exchange.started).nanoseconds)) }
    end(.success(reply))
    exchange?.exchange.cancel()
    hedge?.exchange.cancel()
  }

  private func retry(after failure: CallFailure, at now: NIODeadline) {
    let decision = stack.retry.decide(
      afterAttempt: attempt, mayHelp: failure.mayHelpToRetry, isRefusal: failure.reason == .connectionRefused,
      retryAfter: failure.retryAfter, timeLeft: .nanoseconds((deadline - now).nanoseconds), chance: .random(in: 0...1))
    guard case .retry(let pause) = decision, stack.gate.withdrawRetry(at: Instant(now)) else {
      call.trail?.add(.notRetried(isBudget: decision != .giveUp))
      return end(.failure(failure))
    }
    call.trail?.add(.backoff(pause))
    attempt += 1
    schedule(in: pause) { $0.nextTry(at: .now()) }
  }

  private func end(_ outcome: Outcome) {
    guard let completion = completion.take() else { return }
    if let failure = outcome.failure { tellEnd(failure, after: .now() - began) }
    completion(self, outcome)
  }
}

// MARK: The token of a service account

extension CallInFlight {
  /// Goes on with a token, at once or when it has come; without one the call ends.
  ///
  /// - Parameter refused: the one that the upstream has just not taken.
  private func wantToken(replacing refused: ServiceToken? = nil, at now: NIODeadline) {
    let (call, loop) = (NIOLoopBound(self, eventLoop: stack.eventLoop), stack.eventLoop)
    let known = stack.session?.token(replacing: refused, with: stack) { result in
      loop.execute { call.value.tokenCame(result) }
    }
    if let known { return tokenCame(known) }
    self.call.trail?.add(.tokenAwaited)
    timer = loop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.timer = nil
      self.end(.failure(CallFailure(.timeout)))
    }
  }

  private func tokenCame(_ result: Result<ServiceToken, CallFailure>) {
    guard completion != nil else { return }
    timer?.cancel()
    timer = nil
    switch result {
    case .success(let token):
      self.token = token
      nextTry(at: .now())
    case .failure(let failure): end(.failure(failure))
    }
  }
}

// MARK: What metrics and trace are told

extension CallInFlight {
  /// An answer is one call's end when it has been judged, and took as long as it took to come.
  private func tellJudged(_ failure: CallFailure?) {
    if let took = unjudged.take() { tellEnd(failure, after: took) }
  }

  private func tellEnd(_ failure: CallFailure?, after took: TimeAmount) {
    stack.instruments.callEnded(failure, after: took)
    trace?.ended(failure)
    call.trail?.add(.callEnded(failure))
  }

  private func tellWaited() {
    guard let since = queued.take() else { return }
    let waited = NIODeadline.now() - since
    stack.instruments.waited(for: waited)
    call.trail?.add(.dequeued(after: waited.nanoseconds))
  }
}

// MARK: What the policies are told

extension CallInFlight {
  private func learn(_ took: TimeAmount, _ failure: CallFailure?, at now: NIODeadline) {
    // The latency of a 429 says how fast the upstream refuses.
    let wasDropped = failure.map { $0.countsAgainstCircuit || $0.reason == .tooManyRequests } ?? false
    stack.slots.sampled(latency: .nanoseconds(took.nanoseconds), wasDropped: wasDropped, at: Instant(now))
    if !wasDropped { stack.hedge?.answered(after: .nanoseconds(took.nanoseconds)) }
  }

  /// The verdict of a try, for the breaker and for the health report.
  private func settle(_ failure: CallFailure?, after took: TimeAmount) {
    if failure?.reason == .cancelled || (failure?.reason == .timeout && call.isHurried && took < stack.attemptTimeout) {
      return giveUpPermit()
    }
    guard let permit = permit.take() else { return }
    let now = Instant(.now())
    if let failure, failure.countsAgainstCircuit {
      stack.gate.failed(permit, mayBeRestart: failure.mayBeRestart, at: now)
    } else {
      stack.gate.succeeded(permit, at: now)
    }
    stack.health.observed(failure, after: took)
  }

  private func giveUpPermit() {
    if let permit = permit.take() { stack.gate.abandoned(permit, at: Instant(.now())) }
  }

  private func remember(_ failure: CallFailure, at now: NIODeadline) {
    guard let wait = failure.retryAfter, failure.asksEverybodyToWait else { return }
    // A caller who has used up an allowance of their own does not speak for the others.
    if failure.reason == .tooManyRequests, !call.identity.isEmpty { return }
    stack.gate.askedToWait(wait, byLimit: failure.reason == .tooManyRequests, at: Instant(now))
  }

  private func schedule(in pause: Duration, _ body: @escaping (CallInFlight) -> Void) {
    timer = stack.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) {
      self.timer = nil
      body(self)
    }
  }
}

// MARK: Hedging

extension CallInFlight {
  private func scheduleHedge(at now: NIODeadline) {
    guard stack.hedge != nil else { return }
    stack.hedge?.called(at: Instant(now))
    guard let delay = stack.hedge?.delay(timeLeft: .nanoseconds((deadline - now).nanoseconds)) else { return }
    schedule(in: delay) { $0.sendHedge() }
  }

  /// The try is slower than most: a second one, if breaker, budget and limit have room for it at once.
  private func sendHedge() {
    let now = NIODeadline.now()
    guard exchange != nil, case .closed = permit, stack.gate.word == .closed else { return }
    guard stack.hedge?.withdraw(at: Instant(now)) == true else {
      call.trail?.add(.hedgeRefused)
      return stack.instruments.budgetRefused(.hedge)
    }
    guard stack.queue.takePlace() else { return }
    // The first one could be sent, and so can this one.
    guard let next = try? makeTry(.hedge, at: now) else { return stack.queue.leave() }
    hedge = next
    next.exchange.start(for: self)
  }
}

extension CallInFlight.Outcome {
  /// A 2xx answer, or a 304 where the request was conditional, or why there is none.
  /// - Parameter call: nil for one to which 2xx alone is an answer.
  init(_ outcome: Exchange.Outcome, to call: UpstreamCall? = nil) {
    switch outcome {
    case .failure(let error): self = .failure(CallFailure(error))
    case .success(let response) where (200..<300).contains(response.status) || call?.accepts(response.status) == true:
      self = .success(UpstreamReply(status: response.status, fields: UpstreamFields(response.headers), body: response.body))
    case .success(let response): self = .failure(CallFailure(status: response.status, headers: response.headers))
    }
  }

  /// Why there is no answer, if there is none.
  var failure: CallFailure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
