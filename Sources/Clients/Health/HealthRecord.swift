package import Resilience

/// What is known of one service's health: the newest evidence and the share of tries that went well. Pure; time comes in.
package struct HealthRecord: Sendable {
  package enum Verdict: Sendable, Equatable {
    case healthy
    case timeout
    /// The reason's word, at most 50 characters.
    case unhealthy(String)
  }

  /// The newest thing seen of the service, in a probe or in real traffic.
  package struct Evidence: Sendable, Equatable {
    package let verdict: Verdict
    package let latency: Duration
    package let at: Timestamp
  }

  package private(set) var newest: Evidence?
  package private(set) var lastSuccess: Timestamp?
  private var window = OutcomeWindow()

  package init() {}

  /// A try ended: with an answer (`failure` nil) or with a failure.
  ///
  /// - Parameter isProbe: a health path must answer 2xx, anything else speaks against the service; for other calls only what
  ///   `CallFailure.saysServiceIsDown` does.
  package mutating func observed(failure: CallFailure?, took latency: Duration, at now: Timestamp, isProbe: Bool = false) {
    if let failure, failure.reason == .cancelled { return }
    let isDown = failure.map { isProbe || $0.saysServiceIsDown } ?? false
    let verdict: Verdict =
      switch failure {
      case .some(let failure) where isDown && failure.status == .timeout: .timeout
      case .some(let failure) where isDown: .unhealthy(Self.words(for: failure))
      default: .healthy
      }
    newest = Evidence(verdict: verdict, latency: latency, at: now)
    if !isDown { lastSuccess = now }
    window.record(success: !isDown, at: now)
  }

  /// The share of tries in the last minute that did not speak against the service, 0 to 1; 1 while there were none.
  package func successRate(at now: Timestamp) -> Double { window.successRate(at: now) }

  private static func words(for failure: CallFailure) -> String {
    let reason = failure.reason.rawValue.split(separator: "_").joined(separator: " ")
    let text = failure.receivedStatus.map { "\(reason) (HTTP \($0))" } ?? reason
    return String(text.prefix(50))
  }
}

/// Successes and failures of the last minute, in six slots of ten seconds.
private struct OutcomeWindow: Sendable {
  private var slots = [Slot](repeating: Slot(), count: 6)

  private struct Slot: Sendable {
    var number: Int64 = -1
    var successes = 0
    var failures = 0
  }

  mutating func record(success: Bool, at now: Timestamp) {
    let number = Self.number(at: now)
    let index = Int(number % 6)
    if slots[index].number != number { slots[index] = Slot(number: number) }
    if success { slots[index].successes += 1 } else { slots[index].failures += 1 }
  }

  func successRate(at now: Timestamp) -> Double {
    let current = Self.number(at: now)
    let recent = slots.filter { $0.number > current - 6 && $0.number <= current }
    let successes = recent.reduce(0) { $0 + $1.successes }
    let total = recent.reduce(successes) { $0 + $1.failures }
    return total == 0 ? 1 : Double(successes) / Double(total)
  }

  private static func number(at now: Timestamp) -> Int64 { max(now.milliseconds, 0) / 10_000 }
}
