import Caching
import Clients

extension SectionDefinition {
  /// The four sections of the dashboard (contract §2 and §5): what the configuration starts from.
  package static let defaults = [
    SectionDefinition(
      name: "users", upstream: "users",
      everything: SectionRequest(RequestTemplate(.get, "/api/v1/auth/users"), shape: .list),
      oneUser: SectionRequest(
        RequestTemplate(.get, "/api/v1/auth/profile/{user_id}"), shape: .objectAsList, notFoundIsEmpty: true),
      cache: CachePolicy(scope: .principal)),
    SectionDefinition(
      name: "scraped_accounts", upstream: "accounts",
      everything: SectionRequest(RequestTemplate(.get, "/scrapedAccounts"), shape: .list),
      oneUser: SectionRequest(RequestTemplate(.get, "/scrapedAccounts/user/{user_id}"), shape: .list, notFoundIsEmpty: true),
      cache: CachePolicy(scope: .principal)),
    SectionDefinition(
      name: "metrics", upstream: "metrics",
      everything: SectionRequest(RequestTemplate(.post, "/dbquery/user", body: "{}"), shape: metricsShape),
      oneUser: SectionRequest(
        RequestTemplate(.post, "/dbquery/user", body: "{\"userId\":{user_id}}"), shape: metricsShape)),
    SectionDefinition(
      name: "dashboard_data", upstream: "dashboard",
      everything: SectionRequest(RequestTemplate(.get, "/getDashboardInfo"), shape: .list)),
  ]

  private static let metricsShape = SectionShape.object([
    SectionShape.Member("items", .list), SectionShape.Member("count", .integer), SectionShape.Member("dashboard", .list),
  ])
}
