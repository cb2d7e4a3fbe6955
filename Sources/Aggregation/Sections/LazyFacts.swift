import Synchronization

/// The facts of a section: known, or read from its body when somebody asks first.
final class LazyFacts: Sendable {
  private let known: Mutex<SectionFacts?>
  private let read: @Sendable () -> SectionFacts

  init(_ facts: SectionFacts) {
    known = Mutex(facts)
    read = { .none }
  }

  init(_ read: @escaping @Sendable () -> SectionFacts) {
    known = Mutex(nil)
    self.read = read
  }

  /// Two who come at once read it twice, and nobody waits.
  var value: SectionFacts {
    if let facts = known.withLock({ $0 }) { return facts }
    let facts = read()
    known.withLock { $0 = facts }
    return facts
  }
}
