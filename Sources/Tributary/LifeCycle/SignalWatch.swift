import Glibc
import Synchronization
import UnixSignals

/// Turns signals into what they mean here: SIGTERM ends the process gracefully, SIGINT does so without waiting for balancers to notice,
/// a second one of either ends it at once, and SIGHUP reads the configuration again.
struct SignalWatch: Sendable {
  let signals: UnixSignalsSequence
  let end: @Sendable (_ isImpatient: Bool) async -> Void
  let reload: @Sendable () async -> Void

  private static let caught = [SIGTERM, SIGINT, SIGHUP]
  /// The signal that asked for the end before signals were trapped; 0 if none did.
  private static let early = Atomic<Int32>(0)

  /// From now on no signal ends the process unasked; the first that wants to is remembered, see ``isEndAwaited``.
  ///
  /// Handlers, not a mask: the main thread sleeps later with nothing masked. To be called on it, before there is another.
  static func hold() {
    // A handler must not be the first to ask for it.
    early.store(0, ordering: .relaxed)
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in caught {
      signal(number) { if $0 != SIGHUP { SignalWatch.early.store($0, ordering: .relaxed) } }
      sigaddset(&signals, number)
    }
    // What a parent has masked, and what has waited for that, comes now.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Signals do what they do to any process again, also the one that is remembered. To be called on the main thread.
  static func release() {
    for number in caught { signal(number, SIG_DFL) }
    if isEndAwaited { raise(early.load(ordering: .relaxed)) }
  }

  /// Whether the end was asked for before signals were trapped.
  static var isEndAwaited: Bool { early.load(ordering: .relaxed) != 0 }

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
