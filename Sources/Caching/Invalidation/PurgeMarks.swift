package import Resilience

/// Which tags were purged, and when: what was fetched at that moment or before is stale (a soft purge) or gone (a hard one).
///
/// Purging is a note, not a walk through the stores: it holds for what is in memory, in Redis, in flight, and in a replica that answers late.
/// For each tag the newest soft and the newest hard moment are kept, so that merging takes the later of each: in any order and any number of
/// times it comes to the same, and a soft purge never brings back what a hard one took.
///
/// ```
/// tag    soft 10:05, hard 10:01     fetched 10:00 → gone     10:03 → stale     10:05 → stale     10:06 → ok
/// ```
package struct PurgeMarks: Sendable, Equatable {
  package enum Mode: String, Sendable, Hashable, CaseIterable {
    /// May still stand in when the upstream fails, or while another is fetched.
    case soft
    /// Is not used again.
    case hard
  }

  package enum Verdict: Sendable, Hashable {
    case ok, stale, gone
  }

  /// The tag that every section has.
  package static let everything = "*"

  /// The marks of a tag.
  package struct Mark: Sendable, Hashable {
    package var soft: Timestamp?
    package var hard: Timestamp?

    package init(soft: Timestamp? = nil, hard: Timestamp? = nil) {
      self.soft = soft
      self.hard = hard
    }

    var newest: Timestamp? { [soft, hard].compacted.max() }

    func merged(with other: Mark) -> Mark {
      Mark(soft: [soft, other.soft].compacted.max(), hard: [hard, other.hard].compacted.max())
    }

    func limited(to latest: Timestamp) -> Mark { Mark(soft: soft.map { min($0, latest) }, hard: hard.map { min($0, latest) }) }

    /// Without what `other`, which holds for the same sections, or the mark's own hard moment says already; nil when nothing is left.
    func reduced(by other: Mark = Mark()) -> Mark? {
      let hard = hard.flatMap { Self.isCovered($0, by: other.hard) ? nil : $0 }
      let covered = [hard, other.hard, other.soft].compacted.max()
      let soft = soft.flatMap { Self.isCovered($0, by: covered) ? nil : $0 }
      return soft == nil && hard == nil ? nil : Mark(soft: soft, hard: hard)
    }

    private static func isCovered(_ moment: Timestamp, by other: Timestamp?) -> Bool { other.map { moment <= $0 } ?? false }

    func verdict(fetchedAt: Timestamp) -> Verdict {
      if let hard, fetchedAt <= hard { return .gone }
      if let soft, fetchedAt <= soft { return .stale }
      return .ok
    }
  }

  /// The marks by tag, without `everything`, and without what its mark says already.
  package private(set) var tags: [String: Mark] = [:]
  /// The mark of `everything`. It is also the floor: when there are too many tags, it takes over from the oldest.
  package private(set) var all = Mark()
  /// Most tags kept; beyond it the oldest tenth goes into `all`, which hits more than was meant and never less.
  package let limit: Int
  /// Later than every mark, so that most questions end here.
  package private(set) var newest: Timestamp?

  package init(limit: Int = 10_000) { self.limit = max(limit, 0) }

  package var isEmpty: Bool { newest == nil }

  /// What the marks say about a section that was fetched then (the fetch's *begin*) and has these tags.
  package func verdict(fetchedAt: Timestamp, tags names: some Sequence<String>) -> Verdict {
    guard let newest, fetchedAt <= newest else { return .ok }
    var worst = all.verdict(fetchedAt: fetchedAt)
    for name in names where worst != .gone {
      switch tags[name]?.verdict(fetchedAt: fetchedAt) {
      case .gone: worst = .gone
      case .stale: worst = .stale
      case .ok, nil: break
      }
    }
    return worst
  }

  package mutating func purge(_ tag: String, mode: Mode, at moment: Timestamp) {
    merge(Mark(soft: mode == .soft ? moment : nil, hard: mode == .hard ? moment : nil), into: tag)
    shorten()
  }

  /// Takes over what another replica knows.
  ///
  /// - Parameter latest: marks that are later count as of then. A replica whose clock is ahead would otherwise keep everything from being
  ///   used until ours has caught up: give now and a little.
  package mutating func merge(_ other: PurgeMarks, notAfter latest: Timestamp = Timestamp(milliseconds: .max)) {
    merge(other.all.limited(to: latest), into: Self.everything)
    for (tag, mark) in other.tags { merge(mark.limited(to: latest), into: tag) }
    shorten()
  }

  /// Forgets the marks at `moment` or before: what they hit has expired by itself.
  ///
  /// - Parameter moment: now less the longest time for which anything is kept.
  package mutating func prune(upTo moment: Timestamp) {
    func pruned(_ mark: Mark) -> Mark {
      Mark(soft: mark.soft.flatMap { $0 <= moment ? nil : $0 }, hard: mark.hard.flatMap { $0 <= moment ? nil : $0 })
    }
    all = pruned(all)
    tags = tags.mapValues(pruned).filter { $0.value.newest != nil }
    newest = ([all.newest] + tags.values.map(\.newest)).compacted.max()
  }

  private mutating func merge(_ mark: Mark, into tag: String) {
    guard let latest = mark.newest else { return }
    newest = [newest, latest].compacted.max()
    if tag == Self.everything {
      mergeIntoAll(mark)
    } else {
      tags[tag] = mark.merged(with: tags[tag] ?? Mark()).reduced(by: all)
    }
  }

  private mutating func mergeIntoAll(_ mark: Mark) {
    all = all.merged(with: mark).reduced() ?? Mark()
    tags = tags.compactMapValues { [all] in $0.reduced(by: all) }
  }

  /// Brings the number of tags down to nine tenths of the limit when it is over it. Which ones go depends on the marks alone, not on their order.
  private mutating func shorten() {
    guard tags.count > limit else { return }
    let oldest = tags.sorted { ($0.value.newest?.milliseconds ?? .min, $0.key) < ($1.value.newest?.milliseconds ?? .min, $1.key) }
    var floor = Mark()
    for (tag, mark) in oldest.prefix(tags.count - limit * 9 / 10) {
      tags[tag] = nil
      floor = floor.merged(with: mark)
    }
    mergeIntoAll(floor)
  }
}

extension [Timestamp?] {
  fileprivate var compacted: [Timestamp] { compactMap { $0 } }
}
