/// The state of a service as its last call showed it: the words of `metadata.services_status`.
package enum ServiceStatus: String, Sendable, CaseIterable {
  case ok
  /// It answered, and there is nothing.
  case noData = "no_data"
  case timeout
  /// 401 or 403.
  case unauthorized
  /// Refused, reset, 5xx, breaker open.
  case unavailable
  /// Not the JSON shape that was expected.
  case invalidResponse = "invalid_response"
  /// 429, or our own limit.
  case overloaded
}
