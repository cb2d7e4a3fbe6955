import NIOCore
import RawJSON

/// What a service has seen since its start or its last reset. Requests to `/_fault` and `/_stats` are not in it.
package struct ServiceStats: Sendable, Equatable {
  /// The header fields of interest of the newest request. Never the value of a credential.
  package struct LastRequest: Sendable, Equatable {
    /// `x-request-id`
    package var requestID: String?
    package var traceparent: String?
    package var authorizationPresent = false
  }

  package let service: ServiceName
  /// Requests for each route, by method and template such as `GET /scrapedAccounts`; `unmatched` is everything else. HEAD counts
  /// as GET.
  package var routes: [String: Int]
  /// All requests, those to the health endpoint included.
  package var total: Int
  /// Requests to the health endpoint.
  package var health: Int
  /// Heads of responses written, by status.
  package var statuses: [Int: Int]
  /// Connections that the main port has accepted.
  package var connectionsAccepted: Int
  package var connectionsOpen: Int
  /// Requests whose client closed before the whole answer was written.
  package var cancelled: Int
  package var inFlight: Int
  package var maxInFlight: Int
  package var lastRequest: LastRequest

  /// The body of `GET /_stats`.
  func json(routeOrder: [String]) -> ByteBuffer {
    JSONWriter.text { json in
      json.object { json in
        json.member("service", service.rawValue)
        json.member("total", total)
        json.member("health", health)
        json.key("routes")
        json.object { json in
          for label in routeOrder { json.member(label, routes[label, default: 0]) }
        }
        json.key("statuses")
        json.object { json in
          for (status, count) in statuses.sorted(by: { $0.key < $1.key }) { json.member(String(status), count) }
        }
        json.member("connections_accepted", connectionsAccepted)
        json.member("connections_open", connectionsOpen)
        json.member("cancelled", cancelled)
        json.member("in_flight", inFlight)
        json.member("max_in_flight", maxInFlight)
        json.key("last_request")
        json.object { json in
          json.member("x-request-id", lastRequest.requestID)
          json.member("traceparent", lastRequest.traceparent)
          json.member("authorization_present", lastRequest.authorizationPresent)
        }
      }
    }
  }
}
