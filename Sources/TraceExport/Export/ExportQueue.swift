/// Which spans wait for the collector, and what is done next: decides, and does nothing itself.
///
/// ```
/// idle ─ added ─▶ gathering ─ full, or its time has come ─▶ exporting ─ taken, refused ─▶ idle, gathering or exporting
///                                                     ▲             └ not now ─▶ pausing
///                                                     └──── the pause is over ───────┘
/// ```
/// Bounded: what finds no room is dropped and counted, and so is a batch that the collector has not taken in all its tries.
struct ExportQueue {
  struct Limits: Sendable, Equatable {
    /// Spans that wait, besides those under way.
    var capacity = 4096
    /// Spans in one request.
    var batch = 512
    /// How long a span waits for others.
    var interval = Duration.seconds(1)
    /// Of one batch.
    var tries = 5
  }

  /// What became of a request to the collector.
  enum Outcome: Equatable {
    /// - Parameter rejected: of those in it.
    case taken(rejected: Int)
    /// The same may be taken later.
    case notNow(after: Duration?)
    /// It was not even sent: the collector has asked not to be asked for a while.
    case heldBack(after: Duration?)
    case refused
  }

  enum Action {
    case none
    /// Tell ``timerFired()`` in that time.
    case wait(Duration)
    case export([SpanRecord])
  }

  struct Counts: Equatable {
    var exported = 0
    var dropped = 0
    var rejected = 0
  }

  private enum State {
    case idle
    case gathering
    case exporting([SpanRecord], attempt: Int)
    case pausing([SpanRecord], attempt: Int)
  }

  private let limits: Limits
  private var state = State.idle
  private var waiting: [SpanRecord] = []
  private(set) var counts = Counts()
  private var isClosed = false
  private static let firstPause = Duration.seconds(1)
  private static let longestPause = Duration.seconds(30)

  init(_ limits: Limits) { self.limits = limits }

  mutating func added(_ spans: [SpanRecord]) -> Action {
    let room = isClosed ? 0 : max(limits.capacity - waiting.count, 0)
    waiting.append(contentsOf: spans.prefix(room))
    counts.dropped += max(spans.count - room, 0)
    if isClosed { return .none }
    switch state {
    case .idle:
      if waiting.count >= limits.batch { return exportNext() }
      state = .gathering
      return .wait(limits.interval)
    // Its timer finds it exporting, or gathering anew, and is then as good as another.
    case .gathering: return waiting.count >= limits.batch ? exportNext() : .none
    case .exporting, .pausing: return .none
    }
  }

  mutating func timerFired() -> Action {
    switch state {
    case .gathering: return exportNext()
    case .pausing(let batch, let attempt):
      state = .exporting(batch, attempt: attempt)
      return .export(batch)
    case .idle, .exporting: return .none
    }
  }

  /// - Parameter chance: 0 to 1; each pause is half as long as it may be at least.
  mutating func exportEnded(_ outcome: Outcome, chance: Double) -> Action {
    guard case .exporting(let batch, let attempt) = state else { return .none }
    switch outcome {
    case .taken(let rejected):
      let rejected = min(max(rejected, 0), batch.count)
      counts.rejected += rejected
      counts.exported += batch.count - rejected
    case .refused: counts.rejected += batch.count
    case .notNow where attempt >= limits.tries || isClosed: counts.dropped += batch.count
    case .notNow(let asked):
      state = .pausing(batch, attempt: attempt + 1)
      return .wait(pause(attempt, asked, chance))
    case .heldBack where isClosed: counts.dropped += batch.count
    case .heldBack(let asked):
      state = .pausing(batch, attempt: attempt)
      return .wait(pause(attempt, asked, chance))
    }
    return next()
  }

  private func pause(_ attempt: Int, _ asked: Duration?, _ chance: Double) -> Duration {
    let pause = min(Self.firstPause * (1 << min(attempt - 1, 5)), Self.longestPause) * (0.5 + chance / 2)
    return max(pause, min(asked ?? .zero, Self.longestPause))
  }

  /// The process ends: nothing is begun any more. Whether a request is still under way.
  mutating func closed() -> Bool {
    isClosed = true
    if case .exporting = state { return true }
    return false
  }

  /// When nothing is under way any more: what is left, in as many requests as it takes, each to be tried once.
  mutating func drained() -> [[SpanRecord]] {
    var all = waiting
    // One that is still under way has had its time.
    if case .exporting(let batch, _) = state { counts.dropped += batch.count }
    if case .pausing(let batch, _) = state { all = batch + all }
    (waiting, state) = ([], .idle)
    return stride(from: 0, to: all.count, by: limits.batch).map { Array(all[$0..<min($0 + limits.batch, all.count)]) }
  }

  mutating func drained(_ count: Int, wereTaken: Bool) {
    if wereTaken { counts.exported += count } else { counts.dropped += count }
  }

  private mutating func next() -> Action {
    if isClosed {
      state = .idle
      return .none
    }
    if waiting.count >= limits.batch { return exportNext() }
    state = waiting.isEmpty ? .idle : .gathering
    return waiting.isEmpty ? .none : .wait(limits.interval)
  }

  private mutating func exportNext() -> Action {
    let batch = Array(waiting.prefix(limits.batch))
    waiting.removeFirst(batch.count)
    state = .exporting(batch, attempt: 1)
    return .export(batch)
  }
}
