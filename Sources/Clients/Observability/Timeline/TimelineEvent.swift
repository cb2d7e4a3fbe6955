/// Something that happened to a request, in words of our own: never an address, an identity or a text that came from outside, but the id
/// of another request.
package struct TimelineEvent: Sendable {
  package enum Detail: Sendable {
    case none
    case text(String)
    case reason(CallFailure.Reason)
    /// Milliseconds, unless the unit says otherwise.
    case number(Int64, unit: StaticString)
    /// A try: its kind, the position of its endpoint in the configuration, and once it is over, how it ended.
    case attempt(AttemptDetail)
    /// A step of looking for a section where it is kept.
    case cache(CacheStep)
    /// How a section ended.
    case end(state: String, reason: CallFailure.Reason?)
  }

  /// What happened, such as `attempt_ended`: from a closed list.
  package let word: StaticString
  package let detail: Detail

  package init(_ word: StaticString, _ detail: Detail = .none) {
    self.word = word
    self.detail = detail
  }
}

/// One try on the wire, as a timeline tells of it.
package struct AttemptDetail: Sendable {
  let kind: AttemptKind
  let endpoint: Int
  var status: Int?
  var reason: CallFailure.Reason?

  var isOver: Bool { status != nil || reason != nil }
}

extension TimelineEvent {
  /// Nil where there is nothing to say.
  package var text: String? {
    switch detail {
    case .none: nil
    case .text(let text): text
    case .reason(let reason): reason.rawValue
    case .number(let number, let unit): "\(number) \(unit)"
    case .attempt(let attempt): attempt.text
    case .cache(let step): step.text
    case .end(let state, let reason): reason.map { "\(state), \($0.rawValue)" } ?? state
    }
  }

  /// How its section ended, where it tells that.
  var end: (state: String, reason: CallFailure.Reason?)? {
    if case .end(let state, let reason) = detail { (state, reason) } else { nil }
  }

  /// Whether a span below that of its section tells it.
  var hasSpan: Bool {
    switch detail {
    case .attempt, .cache: true
    case .none, .text, .reason, .number, .end: false
    }
  }
}

extension AttemptDetail {
  fileprivate var text: String {
    var text = "\(kind.rawValue), endpoint \(endpoint)"
    if let status { text += ", status \(status)" }
    if let reason { text += ", \(reason.rawValue)" }
    return text
  }
}

// MARK: What a call tells

extension TimelineEvent {
  static let callBegan = TimelineEvent("call_began")
  static let queued = TimelineEvent("queue_entered")
  static let tokenAwaited = TimelineEvent("sign_in_awaited")

  static func dequeued(after nanoseconds: Int64) -> TimelineEvent {
    TimelineEvent("queue_left", .number(nanoseconds / 1_000_000, unit: "ms"))
  }

  /// The breaker is open, `Retry-After` holds, or there is no place.
  static func refused(_ reason: CallFailure.Reason) -> TimelineEvent { TimelineEvent("refused", .reason(reason)) }

  static func attemptBegan(_ kind: AttemptKind, endpoint: Int) -> TimelineEvent {
    TimelineEvent("attempt_began", .attempt(AttemptDetail(kind: kind, endpoint: endpoint)))
  }

  static func attemptEnded(_ kind: AttemptKind, endpoint: Int, _ outcome: CallInFlight.Outcome) -> TimelineEvent {
    var detail = AttemptDetail(kind: kind, endpoint: endpoint)
    switch outcome {
    case .success(let reply): detail.status = reply.status
    case .failure(let failure): (detail.status, detail.reason) = (failure.receivedStatus, failure.reason)
    }
    return TimelineEvent("attempt_ended", .attempt(detail))
  }

  static func backoff(_ pause: Duration) -> TimelineEvent {
    TimelineEvent("retry_scheduled", .number(Int64(pause / .milliseconds(1)), unit: "ms"))
  }

  /// Why no other try is made: it would not help, there is no time or no try left (`given_up`), or the budget is spent.
  static func notRetried(isBudget: Bool) -> TimelineEvent {
    TimelineEvent("not_retried", .text(isBudget ? "budget" : "given_up"))
  }

  static let hedgeRefused = TimelineEvent("not_hedged", .text("budget"))

  static func callEnded(_ failure: CallFailure?) -> TimelineEvent {
    TimelineEvent("call_ended", failure.map { .reason($0.reason) } ?? .none)
  }
}
