import Caching
import Clients
import NIOCore

/// What the cache tells of a section on its way to a document.
extension TimelineEvent {
  static func memory(_ found: FoundSection<Section>) -> TimelineEvent {
    let finding: CacheStep.Finding =
      switch found {
      case .fresh: .hit
      case .stale: .stale
      case .fallback: .fallback
      case .validator: .validator
      case .nothing: .miss
      }
    return TimelineEvent("memory_lookup", .cache(.memory(finding)))
  }

  static func failureRemembered(_ failure: CallFailure) -> TimelineEvent {
    TimelineEvent("failure_remembered", .reason(failure.reason))
  }

  /// - Parameter leader: the id of the request whose fetch it is.
  static func joined(_ leader: String?) -> TimelineEvent {
    TimelineEvent("joined", leader.map { .text("the call of request \($0)") } ?? .text("a call under way"))
  }

  static let refreshBegan = TimelineEvent("refresh_began", .text("in the background"))
  static let purged = TimelineEvent("purged", .text("what came is from before a purge"))

  static let sharedAsked = TimelineEvent("redis_asked", .cache(.redisAsked))
  static func shared(_ answer: SharedAnswer) -> TimelineEvent {
    let finding: CacheStep.Finding =
      switch answer {
      case .found: .hit
      case .missing: .miss
      case .unavailable: .unavailable
      }
    return TimelineEvent("redis_lookup", .cache(.redis(finding)))
  }

  static let leaseAsked = TimelineEvent("lease_asked", .cache(.leaseAsked))
  static let leaseHeld = TimelineEvent("lease_held", .cache(.lease(.held)))
  static let leaseTaken = TimelineEvent("lease_taken", .cache(.lease(.taken)))
  static let leaseUnavailable = TimelineEvent("lease_unavailable", .cache(.lease(.unavailable)))

  static func read(_ section: Section) -> TimelineEvent {
    TimelineEvent("body_read", .number(Int64(section.received.readableBytes), unit: "bytes"))
  }
  static func unreadable(_ failure: CallFailure) -> TimelineEvent { TimelineEvent("body_refused", .reason(failure.reason)) }

  static func stored(_ isStored: Bool) -> TimelineEvent { TimelineEvent(isStored ? "stored" : "not_stored") }
}
