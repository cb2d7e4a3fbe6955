import Aggregation
import Clients
import NIOCore
import RawJSON
import Resilience

extension RequestEntry {
  /// - Parameter isListed: beside others, and not as the answer to its own request.
  func write(to writer: inout JSONWriter, isListed: Bool) {
    writer.object { writer in
      writer.key("request_id")
      writer.string(requestID)
      writer.key("trace_id")
      writer.string(timeline.trace.traceID.description)
      writer.key("at")
      writer.string(at.rfc3339)
      writer.key("route")
      writer.string(route)
      if isListed {
        writer.key("status")
        writer.int(status)
        writer.key("parameters")
        writer.array { for name in parameters { $0.string(name) } }
      }
      writer.key("total_ms")
      writer.raw(took.millisecondsText.utf8)
      writer.key("deadline_ms")
      writer.raw(Duration.between(timeline.began, timeline.deadline).millisecondsText.utf8)
      writer.key("outcome")
      writer.string(outcome)
      writer.key("sections")
      writer.object { writer in for section in sections { section.write(to: &writer) } }
      timeline.write(to: &writer)
    }
  }
}

extension SectionReport {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key(named: place.section)
    writer.object { writer in
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("upstream")
      writer.string(place.upstream)
      writer.key("status")
      writer.string(status.rawValue)
      if let failure {
        writer.key("reason")
        writer.string(failure.reason.rawValue)
      }
      if let cache {
        writer.key("cache")
        writer.string(cache.course.word)
        writer.key("age_ms")
        writer.int(cache.age)
        writer.key("ttl_ms")
        writer.int(cache.timeToLive)
      }
      writer.key("duration_ms")
      writer.raw(took.millisecondsText.utf8)
    }
  }
}

extension CacheReport.Course {
  fileprivate var word: String {
    switch self {
    case .hit: "memory"
    case .sharedHit: "redis"
    case .miss: "miss"
    case .collapsed: "joined"
    case .stale: "stale"
    case .staleOnError: "stale_on_error"
    }
  }
}

extension RequestTimeline {
  /// Where nothing was dropped, nothing is said of it.
  fileprivate func write(to writer: inout JSONWriter) {
    let (entries, dropped) = record
    writer.key("timeline")
    writer.array { writer in
      for entry in entries {
        writer.object { writer in
          writer.key("at_ms")
          writer.raw(Duration.between(began, entry.at).millisecondsText.utf8)
          if !entry.section.isEmpty {
            writer.key("section")
            writer.string(entry.section)
          }
          writer.key("event")
          writer.string(entry.event.word.description)
          if let detail = entry.event.text {
            writer.key("detail")
            writer.string(detail)
          }
          writer.key("deadline_left_ms")
          writer.raw(Duration.between(entry.at, deadline).millisecondsText.utf8)
        }
      }
    }
    if dropped > 0 {
      writer.key("timeline_dropped")
      writer.int(dropped)
    }
  }
}

extension Duration {
  /// None where the second comes first.
  static func between(_ first: NIODeadline, _ second: NIODeadline) -> Duration {
    .nanoseconds(max((second - first).nanoseconds, 0))
  }
}
