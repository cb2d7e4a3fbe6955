import Resilience

/// Whether a command may go to a node now, and when the node is connected to: a value, told what has happened.
///
/// ```
///            first command                handshake over
///   idle ────────────────▶ connecting ──────────────────▶ ready
///                            ▲     │ failed                 │ connection lost, or retired
///              backoff over  │     ▼                        │
///                            └─ backingOff ◀────────────────┘
/// ```
///
/// Only the commands that find the node idle, or connecting for the first time, wait for a connection, up to their deadlines. While it is
/// connected to again everything is refused at once: the handshake finds out whether anybody answers, and no caller pays for that.
struct RedisNodeState {
  enum Phase: Equatable {
    case idle
    /// `isFirst`: commands wait for it.
    case connecting(isFirst: Bool)
    case ready
    case backingOff
    case shutDown
  }

  /// What a command was let through as; given back with its end.
  enum Permit: Equatable {
    case none
    case closed(at: Instant)
    case probe(generation: Int)
  }

  enum Admission: Equatable {
    case send(Permit)
    /// Keep it until the node is ready. `connect`: nobody has begun to.
    case wait(connect: Bool)
    case refuse(RedisError)
  }

  private(set) var phase = Phase.idle
  private(set) var lastError: RedisError?
  private var breaker: CircuitBreaker
  private let backoff: Backoff
  /// Attempts and connections in a row that came to nothing.
  private var failures = 0

  /// Five failures in a row, or half of twenty, in ten seconds; open for a second; then three successes close it.
  static let breakerDefaults = CircuitBreaker.Configuration(consecutiveFailures: 5, openFor: .seconds(1), probes: 3)

  /// With full jitter: at most 50 ms before the first new attempt, then 100, 200, … 2,000.
  static let backoffDefaults = Backoff(base: .milliseconds(50), maximum: .seconds(2))

  init(breaker: CircuitBreaker.Configuration = breakerDefaults, backoff: Backoff = backoffDefaults) {
    self.breaker = CircuitBreaker(breaker)
    self.backoff = backoff
  }

  var circuit: CircuitBreaker.State { breaker.state }

  /// A command has come.
  mutating func called(at now: Instant) -> Admission {
    switch phase {
    case .idle:
      phase = .connecting(isFirst: true)
      return .wait(connect: true)
    case .connecting(isFirst: true): return .wait(connect: false)
    case .connecting, .backingOff: return .refuse(.unavailable)
    case .shutDown: return .refuse(.shutDown)
    case .ready:
      switch breaker.admit(at: now) {
      case .admitted: return .send(.closed(at: now))
      case .probe(let generation): return .send(.probe(generation: generation))
      case .refused: return .refuse(.unavailable)
      }
    }
  }

  /// A connection is wanted before any command has come. True: begin to connect.
  mutating func warmed() -> Bool {
    guard phase == .idle else { return false }
    phase = .connecting(isFirst: true)
    return true
  }

  /// The handshake is over. False: this connection is not wanted any more.
  mutating func connected() -> Bool {
    guard case .connecting = phase else { return false }
    phase = .ready
    return true
  }

  /// An attempt has failed, or the connection in use is lost: how long to wait before the next attempt. Nil: no attempt.
  ///
  /// - Parameter chance: an even draw from 0 to 1.
  mutating func disconnected(_ error: RedisError, chance: Double) -> Duration? {
    switch phase {
    case .idle, .backingOff, .shutDown: return nil
    case .connecting, .ready: break
    }
    phase = .backingOff
    if error != .cancelled { lastError = error }
    failures = min(failures + 1, 1000)
    return backoff.delay(beforeAttempt: failures + 1, chance: chance)
  }

  /// The connection in use was retired by us, nothing being wrong with the server. True: connect at once.
  mutating func retired() -> Bool {
    guard phase == .ready else { return false }
    phase = .connecting(isFirst: true)
    return true
  }

  /// The wait before the next attempt is over. True: begin to connect.
  mutating func backoffEnded() -> Bool {
    guard phase == .backingOff else { return false }
    phase = .connecting(isFirst: false)
    return true
  }

  /// A command that was let through has ended.
  ///
  /// - Parameter chance: drawn only where something depends on it: a draw is a system call.
  mutating func ended(_ permit: Permit, _ outcome: RedisOutcome, at now: Instant, chance: @autoclosure () -> Double) {
    switch Self.verdict(outcome) {
    case .good:
      failures = 0
      switch permit {
      case .none: break
      case .closed(let admittedAt): breaker.succeeded(admittedAt: admittedAt, at: now)
      case .probe(let generation): breaker.probeSucceeded(generation: generation, at: now)
      }
    case .bad(let error):
      lastError = error
      switch permit {
      case .none: break
      case .closed(let admittedAt): breaker.failed(admittedAt: admittedAt, at: now, chance: chance())
      case .probe(let generation): breaker.probeFailed(generation: generation, at: now, chance: chance())
      }
    case .none(let error):
      if let error { lastError = error }
      if case .probe(let generation) = permit { breaker.probeAbandoned(generation: generation, at: now) }
    }
  }

  mutating func shutDown() { phase = .shutDown }

  private enum Verdict {
    case good
    case bad(RedisError)
    case none(RedisError?)
  }

  /// A server that answers with an error is alive; that it is of no use for some commands is not the breaker's business.
  private static func verdict(_ outcome: RedisOutcome) -> Verdict {
    switch outcome {
    case .success: .good
    case .failure(let error):
      switch error {
      case .timeout, .unavailable, .protocolViolation: .bad(error)
      case .cancelled, .shutDown: .none(nil)
      case .overloaded: .none(error)
      case .authentication, .readOnly, .outOfMemory, .moved, .serverError: .good
      }
    }
  }
}
