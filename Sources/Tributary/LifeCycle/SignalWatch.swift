import Glibc
import UnixSignals

/// Turns signals into what they mean here: SIGTERM ends the process gracefully, SIGINT does so without waiting for balancers to notice,
/// a second one of either ends it at once, and SIGHUP reads the configuration again.
struct SignalWatch: Sendable {
  let signals: UnixSignalsSequence
  let end: @Sendable (_ isImpatient: Bool) async -> Void
  let reload: @Sendable () async -> Void

  /// Caught from now on; what comes before ``run()`` waits for it.
  static func trapped() async -> UnixSignalsSequence { await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) }

  /// Until the task is cancelled.
  func run() async {
    var endings = 0
    for await signal in signals {
      switch signal {
      case .sighup: await reload()
      default:
        endings += 1
        // Whoever asks twice does not want to wait for what is under way.
        if endings > 1 { exit(1) }
        await end(signal == .sigint)
      }
    }
  }
}
