import NIOCore
import Tracing

/// One look at where a section is kept, as a span tells it: a value made from the steps of a timeline.
///
/// What goes to Redis is a client span by the semantic conventions for databases; what this process does alone is internal.
struct CacheLook: Equatable {
  enum Kind: Equatable {
    /// In this process.
    case memory
    /// `GET`, at the level that replicas share.
    case redis
    /// Whether this replica is the one that asks the upstream: a script.
    case lease
    /// Another one does: how long this one waits before it looks again.
    case leaseWait
  }

  let kind: Kind
  let began: NIODeadline
  let ended: NIODeadline
  /// Of a look; nil for one that was under way when its section ended.
  var finding: CacheStep.Finding?
  var lease: CacheStep.Lease?

  /// Those of one section, in order.
  ///
  /// - Parameters:
  ///   - began: when the section was asked for, and with that what is in memory.
  ///   - end: of the section.
  static func all(in entries: [RequestTimeline.Entry], from began: NIODeadline, to end: NIODeadline) -> [CacheLook] {
    var looks: [CacheLook] = []
    var open: (kind: Kind, began: NIODeadline)?
    func close(at moment: NIODeadline, _ finding: CacheStep.Finding? = nil, _ lease: CacheStep.Lease? = nil) {
      guard let (kind, began) = open.take() else { return }
      looks.append(CacheLook(kind: kind, began: began, ended: moment, finding: finding, lease: lease))
    }
    for entry in entries {
      guard case .cache(let step) = entry.event.detail else { continue }
      switch step {
      case .memory(let finding):
        looks.append(CacheLook(kind: .memory, began: looks.isEmpty ? began : entry.at, ended: entry.at, finding: finding))
      case .redisAsked, .leaseAsked:
        close(at: entry.at)
        open = (step == .leaseAsked ? .lease : .redis, entry.at)
      case .redis(let finding):
        // After a lease it looks once more without saying so first.
        if open == nil, let last = looks.last { open = (.redis, last.ended) }
        close(at: entry.at, finding)
      case .lease(let lease):
        close(at: entry.at, nil, lease)
        if lease == .taken { open = (.leaseWait, entry.at) }
      }
    }
    close(at: end)
    return looks
  }

  func tell(_ tracer: any Tracer, below parent: ServiceContext, _ clock: TimelineClock) {
    let span = tracer.startSpan(name, context: parent, ofKind: isOfRedis ? .client : .internal, at: clock.instant(began))
    let isUnavailable = finding == .unavailable || lease == .unavailable
    span.updateAttributes {
      $0["tributary.cache.level"] = kind == .memory ? "memory" : "redis"
      if let finding { $0["tributary.cache.result"] = finding.rawValue }
      if let lease { $0["tributary.cache.lease"] = lease.rawValue }
      if isOfRedis {
        $0["db.system.name"] = "redis"
        $0["db.operation.name"] = kind == .redis ? "GET" : "EVALSHA"
      }
      if isUnavailable { $0["error.type"] = "unavailable" }
    }
    if isUnavailable { span.setStatus(SpanStatus(code: .error)) }
    span.end(at: clock.instant(ended))
  }

  private var isOfRedis: Bool { kind == .redis || kind == .lease }

  private var name: String {
    switch kind {
    case .memory: "cache memory"
    case .redis: "cache redis"
    case .lease: "cache lease"
    case .leaseWait: "cache lease wait"
    }
  }
}
