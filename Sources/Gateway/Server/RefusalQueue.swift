import NIOCore

/// How many refusals one event loop gives in a row: a value that is asked before each.
///
/// | | |
/// |---|---|
/// | at once | ``batch`` |
/// | in every | ``period`` |
/// | so at most | 20,000 a second and loop, up to two thirds of its time |
struct RefusalPace: Equatable {
  /// When the next ones may be given, if no more may be now.
  private(set) var next = NIODeadline.uptimeNanoseconds(0)
  private var given = 0

  static let batch = 8
  static let period = TimeAmount.microseconds(400)

  /// Whether one more may be given; then it counts.
  mutating func take(at now: NIODeadline) -> Bool {
    if now >= next { (next, given) = (now + Self.period, 0) }
    guard given < Self.batch else { return false }
    given += 1
    return true
  }
}

/// Refusals that wait until the others have had their turn. Belongs to a loop.
///
/// A loop that answers whoever is ready gives each connection the same, and so most to who has most connections. Of whoever is refused it
/// takes on only so much at a time: what more there is waits, in the order in which it came, each on a connection that reads no further.
final class RefusalQueue {
  private let eventLoop: any EventLoop
  private var pace = RefusalPace()
  private var waiting = CircularBuffer<() -> Void>()
  private var isScheduled = false

  init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Gives the refusal now if there is time for it, else later.
  ///
  /// - Parameter isNested: whether this is within another one, which has to end first.
  func add(isNested: Bool, _ refusal: @escaping () -> Void) {
    if waiting.isEmpty, !isNested, pace.take(at: .now()) { return refusal() }
    waiting.append(refusal)
    if !isScheduled { schedule() }
  }

  private func schedule() {
    isScheduled = true
    eventLoop.assumeIsolated().scheduleTask(deadline: pace.next) { self.turnCame() }
  }

  private func turnCame() {
    while !waiting.isEmpty, pace.take(at: .now()) { waiting.removeFirst()() }
    if waiting.isEmpty { isScheduled = false } else { schedule() }
  }
}
