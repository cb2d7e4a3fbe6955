import Metrics
import NIOCore

/// What is counted of the commands of one client: shared by its loops.
struct RedisInstruments: Sendable {
  private let commands: Counter
  private let errors: [String: Counter]
  private let duration: Timer

  /// - Parameter client: who it is for: a word.
  init(client: String, metrics: any MetricsFactory = MetricsSystem.factory) {
    commands = Counter(label: "tributary_redis_commands_total", dimensions: [("client", client)], factory: metrics)
    duration = Timer(label: "tributary_redis_command_duration_seconds", dimensions: [("client", client)], factory: metrics)
    var errors: [String: Counter] = [:]
    for word in RedisError.words {
      errors[word] = Counter(
        label: "tributary_redis_errors_total", dimensions: [("client", client), ("error", word)], factory: metrics)
    }
    self.errors = errors
  }

  func ended(_ outcome: RedisOutcome, since began: NIODeadline) {
    commands.increment()
    duration.recordNanoseconds((NIODeadline.now() - began).nanoseconds)
    if case .failure(let error) = outcome { errors[error.word]?.increment() }
  }
}

extension RedisError {
  /// Every ``word``.
  static let words =
    [
      Self.unavailable, .timeout, .authentication, .readOnly, .outOfMemory, .serverError(code: ""), .protocolViolation,
      .overloaded,
      .cancelled, .shutDown,
    ].map(\.word) + ["moved"]
}
