/// A step of looking for a section where it is kept: in memory, in the Redis that replicas share, and whether this replica may refresh it.
package enum CacheStep: Sendable, Equatable {
  package enum Finding: String, Sendable {
    case hit, stale
    /// Only where the upstream fails.
    case fallback
    /// Only to be asked about: "has it changed since?"
    case validator
    case miss
    /// Nobody could be asked.
    case unavailable
  }

  package enum Lease: String, Sendable {
    case held
    /// Another replica has it.
    case taken
    /// Nobody could be asked.
    case unavailable
  }

  case memory(Finding)
  case redisAsked
  case redis(Finding)
  case leaseAsked
  case lease(Lease)

  /// For who reads a timeline. Nil where the event's word says it all.
  var text: String? {
    switch self {
    case .redis(.hit): "found"
    case .memory(.fallback): "only for errors"
    case .memory(.validator): "only to be revalidated"
    case .memory(let finding), .redis(let finding): finding.rawValue
    case .lease(.taken): "another replica has it"
    case .redisAsked, .leaseAsked, .lease(.held), .lease(.unavailable): nil
    }
  }
}
