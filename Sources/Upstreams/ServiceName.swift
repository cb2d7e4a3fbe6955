/// The four services that the gateway aggregates, and that this module fakes.
package enum ServiceName: String, CaseIterable, Sendable {
  /// `microservice1`: Spring Boot, users and profiles.
  case users
  /// `microservice2`: Express, scraped accounts.
  case accounts
  /// `microservice3`: FastAPI, posts and their totals.
  case metrics
  /// `microservice4`: Spring Boot, the rows of the global dashboard.
  case dashboard

  /// What is added to `UpstreamsConfiguration.portBase` for the port that clients use: 1…4.
  var portOffset: Int {
    switch self {
    case .users: 1
    case .accounts: 2
    case .metrics: 3
    case .dashboard: 4
    }
  }

  /// What is added to `UpstreamsConfiguration.portBase` for the control port: 11…14.
  var controlPortOffset: Int { portOffset + 10 }
}
