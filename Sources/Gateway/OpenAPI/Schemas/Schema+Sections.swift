extension Schema {
  /// What the services deliver. It goes through untouched, unknown members and all, so that no member can be promised.
  static let sections: [(name: String, schema: Schema)] = [
    (
      "User",
      .object(
        "As the users service delivers it.",
        [
          .maybe("id", .integer().format("int64")), .maybe("email", .string()), .maybe("firstname", Schema.string().orNull),
          .maybe("lastname", Schema.string().orNull), .maybe("username", Schema.string().orNull),
          .maybe("role", .string("`USER` or `ADMIN`.")), .maybe("creationDate", .string("`YYYY-MM-DD`")),
          .maybe("adminProfile", Schema(.anything).orNull),
        ])
    ),
    (
      "ScrapedAccount",
      .object(
        "As the accounts service delivers it: a row for each scrape, so that an account may stand many times.",
        [
          .maybe("id", .integer()), .maybe("accountName", .string()), .maybe("userId", .integer()),
          .maybe("scrapedAt", .moment()),
        ])
    ),
    (
      "Metrics",
      .object(
        "As the metrics service delivers it. When missing: no items, count 0.",
        [
          .always("items", .list(of: .ref("Post"), "Newest first; 10,000 at most.")), .always("count", .integer()),
          .always("dashboard", .list(of: .ref("MetricsTotals"), "None, or one.")),
        ])
    ),
    ("Post", .object("A post and its figures, as the metrics service delivers it.", post)),
    (
      "MetricsTotals",
      .object(
        "Totals as the metrics service computes them.",
        [
          .maybe("metric", .string("`totals`")), .maybe("totalPosts", .integer()), .maybe("totalViews", .integer()),
          .maybe("totalLikes", .integer()), .maybe("totalComments", .integer()), .maybe("totalInteractions", .integer()),
          .maybe("avgEngagement", .number()),
        ])
    ),
    (
      "DashboardRow",
      .object(
        "As the dashboard service delivers it.",
        [
          .maybe("adminId", Schema.integer().orNull), .maybe("usedHashTag", Schema.string().orNull), .maybe("postId", .string()),
          .maybe("datePosted", Schema.string().orNull), .maybe("usernameTiktokAccount", Schema.string().orNull),
          .maybe("postURL", Schema.string().orNull), .maybe("views", Schema.integer().orNull),
          .maybe("likes", Schema.integer().orNull), .maybe("engagement", Schema.number().orNull),
        ])
    ),
  ]

  private static let post: [Member] = [
    .maybe("postId", .string("Nineteen digits.")), .maybe("datePosted", .string("`YYYY-MM-DD` or `N/A`")),
    .maybe("hourPosted", .string("`HH:MM:SS` or `N/A`")), .maybe("usernameTiktokAccount", .string()),
    .maybe("postURL", .string()), .maybe("views", .integer()), .maybe("likes", .integer()), .maybe("comments", .integer()),
    .maybe("saves", .integer()), .maybe("reposts", .integer()), .maybe("totalInteractions", .integer()),
    .maybe("engagement", .number("A ratio: interactions ÷ views.")), .maybe("numberHashtags", .integer()),
    .maybe("hashtags", .string()), .maybe("soundId", .string()), .maybe("soundURL", .string()), .maybe("regionPost", .string()),
    .maybe("dateTracking", .string()), .maybe("timeTracking", .string()), .maybe("userId", Schema.integer().orNull),
    .maybe("adminId", Schema.integer().orNull),
  ]
}
