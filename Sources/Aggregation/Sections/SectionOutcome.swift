package import Clients

/// Where a section stands in a document, and who delivers it. A class, because every outcome and report of every request refers to it.
package final class SectionPlace: Sendable {
  /// The section's key in the document.
  package let section: String
  package let upstream: String
  /// The key of its service in `services_status`.
  package let serviceLabel: String

  package init(section: String, upstream: String, serviceLabel: String) {
    self.section = section
    self.upstream = upstream
    self.serviceLabel = serviceLabel
  }
}

/// What became of one section of one request.
package struct SectionOutcome: Sendable {
  package enum Result: Sendable {
    case fresh(Section)
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
  /// From asking to knowing.
  package let took: Duration

  package init(place: SectionPlace, filler: String, result: Result, took: Duration) {
    self.place = place
    self.filler = filler
    self.result = result
    self.took = took
  }

  package var section: Section? {
    if case .fresh(let section) = result { section } else { nil }
  }

  package var failure: CallFailure? {
    if case .missing(let failure) = result { failure } else { nil }
  }

  /// About the data.
  package var state: SectionState { failure == nil ? .fresh : .missing }

  /// About the service.
  package var serviceStatus: ServiceStatus {
    switch result {
    case .missing(let failure): failure.status
    case .fresh(let section): section.isEmpty ? .noData : .ok
    }
  }
}

/// What a client is looking at: the words of `metadata.sections.*.state`.
package enum SectionState: String, Sendable {
  case fresh, missing

  /// Whether a document of such sections is complete.
  package var isComplete: Bool { self == .fresh }
}

/// What headers and log lines say of a section.
package struct SectionReport: Sendable {
  package let place: SectionPlace
  package let state: SectionState
  package let status: ServiceStatus
  package let failure: CallFailure?
  package let took: Duration

  init(_ outcome: SectionOutcome) {
    place = outcome.place
    state = outcome.state
    status = outcome.serviceStatus
    failure = outcome.failure
    took = outcome.took
  }
}
