package import Clients

/// Where a section stands in a document, and who delivers it. A class, because every outcome and report of every request refers to it.
package final class SectionPlace: Sendable {
  /// The section's key in the document.
  package let section: String
  package let upstream: String
  /// The key of its service in `services_status`.
  package let serviceLabel: String
  /// What is counted of it.
  let instruments: SectionInstruments

  package init(section: String, upstream: String, serviceLabel: String) {
    self.section = section
    self.upstream = upstream
    self.serviceLabel = serviceLabel
    instruments = SectionInstruments(section: section)
  }
}

/// What became of one section of one request.
package struct SectionOutcome: Sendable {
  package enum Result: Sendable {
    /// Fetched for this request, or while it waited.
    case fresh(Section)
    /// From the cache, and valid.
    case cached(Section)
    /// From the cache, past its time: because of that failure, or while another is being fetched.
    case stale(Section, CallFailure?)
    case missing(CallFailure)

    package init(_ section: Swift.Result<Section, CallFailure>) {
      switch section {
      case .success(let section): self = .fresh(section)
      case .failure(let failure): self = .missing(failure)
      }
    }
  }

  package let place: SectionPlace
  /// What stands in the document if it is missing: an empty one of the shape that was asked for.
  package let filler: String
  package let result: Result
  /// What the cache had to do with it; nil where it had nothing to.
  package let cache: CacheReport?
  /// From asking to knowing.
  package let took: Duration

  package init(place: SectionPlace, filler: String, result: Result, cache: CacheReport? = nil, took: Duration) {
    self.place = place
    self.filler = filler
    self.result = result
    self.cache = cache
    self.took = took
  }

  package var section: Section? {
    switch result {
    case .fresh(let section), .cached(let section), .stale(let section, _): section
    case .missing: nil
    }
  }

  package var failure: CallFailure? {
    switch result {
    case .missing(let failure): failure
    case .stale(_, let failure): failure
    case .fresh, .cached: nil
    }
  }

  /// About the data.
  package var state: SectionState {
    switch result {
    case .fresh: .fresh
    case .cached: .cached
    case .stale: .stale
    case .missing: .missing
    }
  }

  /// Why the data is not what it should be: a word for `metadata.sections.*.reason`.
  var reason: String? {
    switch result {
    case .fresh, .cached: nil
    case .stale(_, nil): "revalidating"
    case .stale(_, let failure?), .missing(let failure): failure.reason.rawValue
    }
  }

  /// About the service.
  package var serviceStatus: ServiceStatus {
    if let failure { return failure.status }
    return section?.isEmpty == true ? .noData : .ok
  }
}

/// What a client is looking at: the words of `metadata.sections.*.state`.
package enum SectionState: String, Sendable, CaseIterable {
  case fresh, cached, stale, missing

  /// Whether a document of such sections is complete.
  package var isComplete: Bool { self == .fresh || self == .cached }
}

/// What headers and log lines say of a section.
package struct SectionReport: Sendable {
  package let place: SectionPlace
  package let state: SectionState
  package let status: ServiceStatus
  package let failure: CallFailure?
  package let cache: CacheReport?
  package let took: Duration

  init(_ outcome: SectionOutcome) {
    place = outcome.place
    state = outcome.state
    status = outcome.serviceStatus
    failure = outcome.failure
    cache = outcome.cache
    took = outcome.took
  }
}
