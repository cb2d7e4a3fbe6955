import Clients

/// Whoever can deliver a section: from its upstream, or from the cache before it.
protocol SectionDelivery: Sendable {
  var place: SectionPlace { get }

  /// With whom whoever asks this may be given the same.
  func audience(of request: DocumentRequest) -> SectionAudience

  /// Must be called on the request's loop.
  ///
  /// - Parameter completion: called once, on the loop, by the request's deadline at the latest; perhaps before this returns.
  /// - Returns: the way to give it up; nil when it is over already.
  func fetch(
    for request: DocumentRequest, use: SectionUse, _ completion: @escaping (SectionOutcome) -> Void
  ) -> (any SectionFetch)?
}

/// A section under way to one request. Belongs to the request's loop.
protocol SectionFetch: AnyObject {
  /// Nobody waits any more. At any time, any number of times.
  func cancel()
}

extension CallInFlight: SectionFetch {}
