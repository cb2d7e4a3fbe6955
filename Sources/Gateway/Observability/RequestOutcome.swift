import HTTPTypes

/// What a request came to: the words of the label `outcome`.
enum RequestOutcome: String, CaseIterable, Sendable {
  /// A document, all of its sections fresh or validly cached.
  case complete
  /// A document with a section stale or missing.
  case partial
  /// No document: what it must have is missing.
  case unavailable
  /// 429.
  case limited
  /// 401 or 403.
  case denied
  /// Nobody waited for the answer any more.
  case left
  /// Turned away by the connection: too much to do, or no request that could be answered.
  case refused
  /// Any other 4xx or 5xx.
  case problem
  /// What is no document: probes, reports, preflights.
  case ok

  /// - Parameters:
  ///   - isRefused: by the connection.
  ///   - sections: whether each is complete; empty where nothing was asked for.
  init(status: HTTPResponse.Status, isRefused: Bool, sections: some Collection<Bool>) {
    self =
      switch status.code {
      case _ where isRefused: .refused
      case 429: .limited
      case 401, 403: .denied
      case 500...: sections.isEmpty ? .problem : .unavailable
      case 400...: .problem
      default: sections.isEmpty ? .ok : sections.allSatisfy { $0 } ? .complete : .partial
      }
  }
}
