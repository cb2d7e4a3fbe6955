extension Schema {
  /// The two documents, and what is computed in them.
  static let documents: [(name: String, schema: Schema)] = [
    (
      "Consolidated",
      .object(
        "All sections, and what is to be known of them. A configuration may add sections, which stand beside these.",
        [
          .always("users", .list(of: .ref("User"), "All users, or the one that was asked for. Empty when missing.")),
          .always("scraped_accounts", .list(of: .ref("ScrapedAccount"), "Empty when missing.")),
          .always("metrics", .ref("Metrics")),
          .always("dashboard_data", .list(of: .ref("DashboardRow"), "Of everybody, whoever was asked for. Empty when missing.")),
          .always("metadata", .ref("ConsolidatedMetadata")),
        ])
    ),
    (
      "Summary",
      .object(
        "What is computed from the sections. Every number is one: 0 where there is nothing to compute it from.",
        [
          .always("summary", .ref("Totals")), .always("rankings", .ref("Rankings")), .always("trends", .ref("Trends")),
          .always("timestamp", Schema.moment("As in `metadata`.").orNull), .always("metadata", .ref("SummaryMetadata")),
        ])
    ),
    (
      "ConsolidatedPart",
      .object(
        "What `fields` leaves of the document; in its place, what `explain` says of it.",
        ["users", "scraped_accounts", "dashboard_data"].map { .maybe($0, .list(of: Schema(.anything))) }
          + ["metrics", "metadata"].map { .maybe($0, Schema(.anything)) })
    ),
    (
      "SummaryPart",
      .object(
        "What `fields` leaves of the document; in its place, what `explain` says of it.",
        ["summary", "rankings", "trends", "metadata"].map { .maybe($0, Schema(.anything)) }
          + [.maybe("timestamp", Schema.moment().orNull)])
    ),
    (
      "Totals",
      .object(
        [
          .always("total_users", .integer("Length of the section.").from(0)),
          .always("total_accounts", .integer("Length of the section.").from(0)),
          .always("average_engagement", .number("Mean over posts whose engagement is not 0; two decimals.")),
          .always("total_views", .integer("Sum over the posts.")), .always("total_likes", .integer("Sum over the posts.")),
          .always("total_interactions", .integer("Sum over the posts.")),
        ])
    ),
    (
      "Rankings",
      .object(
        "Five of each, or `top`, the greatest first.",
        [
          .always("top_users", .list(of: .ref("TopUser"), "By their number of accounts.")),
          .always("top_accounts", .list(of: .ref("TopAccount"), "By the sum of their posts' engagement.")),
          .always("best_engagement", .list(of: .ref("BestPost"), "Posts by engagement.")),
        ])
    ),
    (
      "TopUser",
      .object(
        [
          .always("user_id", Schema(.either([.integer(), .string()]), "As the accounts service names it.")),
          .always("accounts_count", .integer().from(1)), .always("email", .string("`N/A` where the users section has none.")),
        ])
    ),
    (
      "TopAccount",
      .object(
        [
          .always("account", .string()), .always("total_views", .integer()), .always("total_likes", .integer()),
          .always("total_engagement", .number()), .always("post_count", .integer().from(1)),
        ])
    ),
    (
      "BestPost",
      .object(
        [
          .always("post_id", .string("Nineteen digits: a text, which JavaScript would round as a number.")),
          .always("account", .string()), .always("engagement", .number()), .always("views", .integer()),
          .always("likes", .integer()),
        ])
    ),
    (
      "Trends",
      .object(
        [
          .always(
            "engagement_trend",
            .word(
              ["insufficient_data", "increasing", "decreasing", "stable"],
              "The newer half of the dated posts against the older: more than a tenth up or down is a trend.")),
          .always("growth_rate", .number("(newer − older) ÷ older, in per cent; two decimals.")),
        ])
    ),
  ]

  private static func object(_ members: [Member]) -> Schema { object("", members) }
}
