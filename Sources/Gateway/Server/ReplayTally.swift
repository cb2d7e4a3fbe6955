import Aggregation
import Clients
import Metrics
import NIOCore

/// How often an answer was given again, and how long that took, in plain numbers: to add to a dozen metrics each time would take as long as
/// to write the answer's head. They are told when their second is over, and before anybody looks. Belongs to a loop.
final class ReplayTally {
  /// What is told.
  struct Instruments: Sendable {
    let requests: Counter
    let duration: BucketedTimer
    let sections: AnswerTally
  }

  private let document: DocumentTally?
  /// Asked when the answer is first given again; nil where nothing is measured.
  private let find: (@Sendable () -> Instruments)?
  private let made: NIODeadline

  private var instruments: Instruments?
  private var count = 0
  /// Of those that took no longer than `longest`: how many, and together, in nanoseconds. The others are told at once.
  private var quick = 0
  private var took: Int64 = 0
  private var longest: Int64 = -1
  /// How much later than the answer was made, in nanoseconds: all together, and the last time.
  private var later: Int64 = 0
  private var last: Int64 = 0
  /// Until then all ages are counted alike.
  private var latest: Int64 = -1

  /// - Parameters:
  ///   - document: what the status page shows.
  ///   - find: the metrics of the answer.
  ///   - made: when the answer was.
  init(_ document: DocumentTally?, _ find: (@Sendable () -> Instruments)?, made: NIODeadline = .now()) {
    self.made = made
    self.document = document
    self.find = find
  }

  /// Whether it is to be told when it was given, and how long that took.
  var isTimed: Bool { find != nil }

  /// The answer was given again. Not for one that ``isTimed``.
  func counted() { count += 1 }

  /// The answer was given again.
  func counted(at now: NIODeadline, took: TimeAmount) {
    let (later, took) = ((now - made).nanoseconds, took.nanoseconds)
    if later > latest { look(on: later) }
    count += 1
    self.later += later
    last = later
    if took <= longest {
      quick += 1
      self.took += took
    } else {
      instruments?.duration.record(nanoseconds: took)
    }
  }

  /// The ages of the data are counted elsewhere from now on.
  private func look(on later: Int64) {
    settle()
    let instruments = instruments ?? find?()
    self.instruments = instruments
    longest = instruments?.duration.bound(of: 0) ?? .max
    latest = instruments?.sections.bound(of: later) ?? .max
  }

  /// Tells what has been counted since the last time.
  func settle() {
    guard count > 0 else { return }
    document?.countAgain(count)
    if let instruments {
      instruments.requests.increment(by: count)
      instruments.duration.add(quick, like: 0, sum: Double(took) / 1e9)
      instruments.sections.counted(count, like: last, sum: Double(later) / 1e9)
    }
    (count, quick, took, later) = (0, 0, 0, 0)
  }
}
