import Caching
import Clients

extension SectionDefinition {
  /// The four sections of the dashboard (contract §2 and §5): what the configuration starts from.
  package static let defaults = bare.map { section in
    var section = section
    section.fields = knownFields[section.name] ?? []
    section.isPaged = section.name != "dashboard_data"
    if section.name == "metrics" { section.filters = metricsFilters }
    return section
  }

  private static let bare = [
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

  private static let knownFields = [
    "users": ["id", "email", "firstname", "lastname", "username", "role", "creationDate", "adminProfile"],
    "scraped_accounts": ["id", "accountName", "userId", "scrapedAt"],
    "metrics": items.map { "items." + $0 } + ["count"] + totals.map { "dashboard." + $0 },
    "dashboard_data": [
      "adminId", "usedHashTag", "postId", "datePosted", "usernameTiktokAccount", "postURL", "views", "likes", "engagement",
    ],
  ]

  private static let items = [
    "postId", "datePosted", "hourPosted", "usernameTiktokAccount", "postURL", "views", "likes", "comments", "saves", "reposts",
    "totalInteractions", "engagement", "numberHashtags", "hashtags", "soundId", "soundURL", "regionPost", "dateTracking",
    "timeTracking", "userId", "adminId",
  ]

  private static let totals = [
    "metric", "totalPosts", "totalViews", "totalLikes", "totalComments", "totalInteractions", "avgEngagement",
  ]

  private static let metricsFilters = [
    SectionFilter("date_from", .date, "datePostedFrom"), SectionFilter("date_to", .date, "datePostedTo"),
    SectionFilter("min_engagement", .number, "minEngagement"), SectionFilter("max_engagement", .number, "maxEngagement"),
    SectionFilter("min_views", .integer, "minViews"), SectionFilter("max_views", .integer, "maxViews"),
    SectionFilter("min_likes", .integer, "minLikes"), SectionFilter("max_likes", .integer, "maxLikes"),
  ]
}
