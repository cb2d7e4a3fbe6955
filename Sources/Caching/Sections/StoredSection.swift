/// A section as this process keeps it: read once, used by every answer until another takes its place.
package final class StoredSection<Value: Sendable>: Sendable {
  package let value: Value
  package let freshness: Freshness
  package let tags: [String]
  package let validators: Validators
  /// Never given twice in this process: what has the same version has the same bytes.
  package let version: UInt64

  init(_ value: Value, freshness: Freshness, tags: [String], validators: Validators, version: UInt64) {
    self.value = value
    self.freshness = freshness
    self.tags = tags
    self.validators = validators
    self.version = version
  }
}

/// What the memory of this process has for a key, and what may be done with it.
package enum FoundSection<Value: Sendable>: Sendable {
  /// To be used.
  case fresh(StoredSection<Value>)
  /// To be used, and refreshed behind it (RFC 5861 §3).
  case stale(StoredSection<Value>)
  /// To be used if the upstream fails (RFC 5861 §4).
  case fallback(StoredSection<Value>)
  /// To be used by nobody; the upstream can be asked whether it still holds.
  case validator(StoredSection<Value>)
  case nothing

  /// What may stand in when the upstream fails.
  package var fallback: StoredSection<Value>? {
    switch self {
    case .fresh(let stored), .stale(let stored), .fallback(let stored): stored
    case .validator, .nothing: nil
    }
  }

  /// Whatever there is.
  package var stored: StoredSection<Value>? {
    switch self {
    case .fresh(let stored), .stale(let stored), .fallback(let stored), .validator(let stored): stored
    case .nothing: nil
    }
  }
}

/// What came of fetching a section that somebody waits for.
package enum FetchedSection<Value: Sendable, Failure: Error>: Sendable {
  /// The upstream has answered just now.
  case fetched(StoredSection<Value>)
  /// Another replica had fetched it.
  case shared(StoredSection<Value>)
  /// It is in memory: another fetch had ended between the look and this one.
  case inMemory(StoredSection<Value>)
  case failed(Failure)
  /// The upstream has answered, for the one alone who asked first: whoever else waits must ask for themselves.
  case notForOthers
}
