package import Aggregation
import Clients
import Identity
import RateLimiting
import Synchronization

/// What a route tells those around it of the answer that it gave.
package final class RequestRecord: Sendable {
  private struct Notes: Sendable {
    var sections: [SectionReport] = []
    var terms: ReplayTerms?
    var line: Replay.Line?
    var again: (@Sendable () -> ReplayTally.Instruments)?
    var principal: CredentialDigest?
    var refusal: String?
    var limits: RateLimitDecision?
    var count: Replay.Count?
    var stream: EventStreamPlan?
    var timeline: RequestTimeline?
    var isExplanation = false
    var shortfall: DerivedShortfall?
  }

  private let notes = Mutex(Notes())

  package init() {}

  /// For the access line. Written once, by the route that made a document.
  package var sections: [SectionReport] {
    get { notes.withLock { $0.sections } }
    set { notes.withLock { $0.sections = newValue } }
  }

  /// Of the document that is given.
  var shortfall: DerivedShortfall? {
    get { notes.withLock { $0.shortfall } }
    set { notes.withLock { $0.shortfall = newValue } }
  }

  /// On which terms the answer may be given again; nil if it may not.
  var terms: ReplayTerms? {
    get { notes.withLock { $0.terms } }
    set { notes.withLock { $0.terms = newValue } }
  }

  /// For the access line: what stands for the credential that was accepted.
  var principal: CredentialDigest? {
    get { notes.withLock { $0.principal } }
    set { notes.withLock { $0.principal = newValue } }
  }

  /// For the access line: why a credential, or who has it, was turned away. Words of our own.
  var refusal: String? {
    get { notes.withLock { $0.refusal } }
    set { notes.withLock { $0.refusal = newValue } }
  }

  /// Writes the access line of the same answer, given again.
  var line: Replay.Line? {
    get { notes.withLock { $0.line } }
    set { notes.withLock { $0.line = newValue } }
  }

  /// Finds the metrics that count the same answer, given again.
  var again: (@Sendable () -> ReplayTally.Instruments)? {
    get { notes.withLock { $0.again } }
    set { notes.withLock { $0.again = newValue } }
  }

  /// How the request stands with its limits; nil as long as it has not been counted.
  var limits: RateLimitDecision? {
    get { notes.withLock { $0.limits } }
    set { notes.withLock { $0.limits = newValue } }
  }

  /// What goes on behind the head of the answer; nil where it has a body.
  var stream: EventStreamPlan? {
    get { notes.withLock { $0.stream } }
    set { notes.withLock { $0.stream = newValue } }
  }

  /// Whether the answer tells how a document came to be, and is none.
  var isExplanation: Bool {
    get { notes.withLock { $0.isExplanation } }
    set { notes.withLock { $0.isExplanation = newValue } }
  }

  /// What happened to the request, where it is worth to be told.
  var timeline: RequestTimeline? {
    get { notes.withLock { $0.timeline } }
    set { notes.withLock { $0.timeline = newValue } }
  }

  /// Counts the same request, come again; nil where it is not limited.
  var count: Replay.Count? {
    get { notes.withLock { $0.count } }
    set { notes.withLock { $0.count = newValue } }
  }
}
