package import Caching
package import Clients
import Resilience

/// What the cache had to do with a section: for `Cache-Status` (RFC 9211), and for the document's own freshness.
package struct CacheReport: Sendable {
  package enum Course: Sendable {
    /// It was in this process's memory.
    case hit
    /// It was in the level that replicas share.
    case sharedHit
    /// It was asked of the upstream, for this request.
    case miss
    /// It was asked of the upstream, for another request that this one waited with.
    case collapsed
    /// It is past its time, and another is being fetched.
    case stale
    /// It is past its time, and the upstream failed.
    case staleOnError
  }

  package let course: Course
  /// Milliseconds for which it is still fresh; negative for what is not, since then.
  package let timeToLive: Int64
  /// Milliseconds since it was fetched.
  package let age: Int64
  /// Never given twice in this process: what has the same version has the same bytes.
  package let version: UInt64
  package let identity: SectionIdentity
  /// Whether later requests may be given it.
  package let isStored: Bool

  init(_ course: Course, _ stored: StoredSection<Section>, at now: Timestamp) {
    self.course = course
    age = stored.freshness.age(at: now)
    let left = stored.freshness.lifetimes.fresh - age
    // What was purged is fresh no more, whatever its age.
    switch course {
    case .stale, .staleOnError: timeToLive = min(left, 0)
    case .hit, .sharedHit, .miss, .collapsed: timeToLive = left
    }
    version = stored.version
    identity = SectionIdentity(stored)
    isStored = stored.freshness.lifetimes.total > 0
  }
}

/// The sections of a process, as documents need them.
package typealias SectionStore = SectionCache<Section, CallFailure>
