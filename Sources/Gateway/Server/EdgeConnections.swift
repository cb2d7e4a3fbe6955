package import EventLoops
import Metrics
package import NIOCore
package import Resilience
import Synchronization

/// All connections of the edge: how many there may be, and how they end.
///
/// A shutdown goes: ``startDraining()``, some time for clients to notice, ``closeIdle()``, ``waitUntilClosed()``, and
/// ``closeAll()`` when the grace period is over.
package final class EdgeConnections: Sendable {
  /// How a connection is received.
  enum Admission {
    case welcome
    /// It is told 503.
    case refused
    /// It is closed without a word.
    case closed
  }

  private struct Ending {
    var ticks: [RepeatedTask] = []
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let limits: EdgeLimits
  /// Answered whatever the number of connections is.
  let probePaths: Set<String>
  package let drain = EdgeDrain()
  package let streams = EventStreamCounts()
  private let loops: [ObjectIdentifier: NIOLoopBoundBox<LoopConnections>]
  private let count = Atomic<Int>(0)
  /// Whether nobody new is let in.
  private let isShut = Atomic(false)
  private let ending = Mutex(Ending())
  private let refusals = Counter(label: "tributary_admission_refusals_total", dimensions: [("what", "connection")])

  /// - Parameters:
  ///   - executors: of the loops of `group`.
  ///   - probePaths: paths that are answered on a connection too many, and however busy the process is: those by which others see
  ///     that it lives.
  ///   - longerPaths: paths that are refused only when others have long been.
  ///   - isSecure: whether there is TLS below all of them.
  package init(
    limits: EdgeLimits, admission: AdmissionControl.Configuration = .init(),
    probePaths: Set<String> = ["/", "/livez", "/readyz"],
    longerPaths: Set<String> = [], isSecure: Bool = false, group: any EventLoopGroup, executors: LoopExecutors
  ) {
    self.limits = limits
    self.probePaths = probePaths
    var loops: [ObjectIdentifier: NIOLoopBoundBox<LoopConnections>] = [:]
    for loop in group.makeIterator() {
      loops[ObjectIdentifier(loop)] = .makeBoxSendingValue(
        LoopConnections(
          drain: drain, executor: executors[loop],
          admission: LoopAdmission(admission, always: probePaths, longer: longerPaths, eventLoop: loop),
          streams: EventStreams(streams, on: executors[loop]), isSecure: isSecure),
        eventLoop: loop)
    }
    self.loops = loops
  }

  /// Connections that are open now.
  package var open: Int { count.load(ordering: .relaxed) }

  /// Those of the loop that the caller is on.
  func onLoop(_ loop: any EventLoop) -> LoopConnections {
    guard let box = loops[ObjectIdentifier(loop)] else { preconditionFailure("an event loop of another group") }
    return box.value
  }

  /// A connection has been accepted. ``left()`` must be called once for each.
  func arrived() -> Admission {
    let now = count.add(1, ordering: .relaxed).newValue
    if isShut.load(ordering: .sequentiallyConsistent) { return .closed }
    if now <= limits.maxConnections { return .welcome }
    refusals.increment()
    return now <= limits.maxConnections + limits.maxConnections / 10 ? .refused : .closed
  }

  /// A connection is gone.
  func left() {
    guard count.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
    wake()
  }
}

extension EdgeConnections {
  /// From now on every answer says `Connection: close`. Idle connections may send one more request.
  package func startDraining() { drain.start() }

  /// Closes connections that have no request; the others close after their answer. New ones are closed at once.
  package func closeIdle() {
    isShut.store(true, ordering: .sequentiallyConsistent)
    onEachLoop { $0.each { $0.quiesce() } }
  }

  /// Cuts every connection, and cancels what it waits for.
  package func closeAll() { onEachLoop { $0.each { $0.shutDown() } } }

  /// Until no connection is open. New ones are somebody else's to prevent.
  package func waitUntilClosed() async {
    await withCheckedContinuation { continuation in
      ending.withLock { $0.waiters.append(continuation) }
      if count.load(ordering: .sequentiallyConsistent) == 0 { wake() }
    }
  }

  /// Until every loop has told how often it has given answers again, which it counts for itself. One that has ended has told.
  package func settle() async {
    for box in loops.values {
      do { try await box.eventLoop.submit { box.value.replays.settle() }.get() } catch { continue }
    }
  }

  /// Looks after deadlines until ``stopTicking()``.
  func startTicking() {
    let ticks = loops.values.map { box in
      box.eventLoop.scheduleRepeatedTask(initialDelay: limits.tick, delay: limits.tick) { _ in box.value.tick() }
    }
    ending.withLock { $0.ticks += ticks }
  }

  func stopTicking() {
    for tick in ending.withLock({ $0.ticks }) { tick.cancel() }
  }

  private func wake() {
    let waiters = ending.withLock { ending in
      defer { ending.waiters = [] }
      return ending.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func onEachLoop(_ body: @escaping @Sendable (LoopConnections) -> Void) {
    for box in loops.values { box.eventLoop.execute { body(box.value) } }
  }
}
