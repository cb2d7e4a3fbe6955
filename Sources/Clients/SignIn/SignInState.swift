import Resilience

/// Whether there is a token, and who may fetch one: a value, one method an event. All who want one while it is being fetched wait for that
/// one; it is fetched once in a pause at most, however many are refused with it.
struct SignInState {
  /// What whoever wants a token does.
  enum Answer: Equatable {
    case use(ServiceToken)
    /// It is told when there is one.
    case wait
    /// The same, and it is the one to fetch it.
    case signIn
    case fail(CallFailure)
  }

  /// From the beginning of one sign-in to the next.
  private let pause: Duration
  private var token: ServiceToken?
  private var lastNumber = 0
  private var isSigningIn = false
  private var began: Instant?
  /// Why there is no token.
  private var failure = CallFailure(.unauthorized)

  init(pause: Duration) { self.pause = pause }

  /// - Parameter refused: the token that the upstream has just not taken.
  mutating func wanted(replacing refused: ServiceToken? = nil, at now: Instant) -> Answer {
    if isSigningIn { return .wait }
    if let token, token != refused { return .use(token) }
    if let began, now < began + pause {
      return .fail(refused == nil ? failure : CallFailure(.unauthorized))
    }
    isSigningIn = true
    began = now
    return .signIn
  }

  /// - Returns: what those who wait are told.
  mutating func signedIn(_ text: String) -> Result<ServiceToken, CallFailure> {
    guard let next = ServiceToken(text, number: lastNumber + 1) else { return failed(CallFailure(.wrongShape)) }
    isSigningIn = false
    lastNumber = next.number
    token = next
    return .success(next)
  }

  /// The token that there is stays: it may have been refused for what was asked with it.
  mutating func failed(_ failure: CallFailure) -> Result<ServiceToken, CallFailure> {
    isSigningIn = false
    self.failure = failure
    return .failure(failure)
  }
}
