import Aggregation
import Clients

extension Schema {
  /// What a document says of itself.
  static let metadata: [(name: String, schema: Schema)] = [
    (
      "ConsolidatedMetadata",
      .object(
        "What the document is worth.",
        [
          .always("total_users", .integer("Length of `users`.").from(0)),
          .always("total_accounts", .integer("Length of `scraped_accounts`.").from(0)),
          .always("total_posts_analyzed", .integer("`metrics.count`")),
        ] + common + [.maybe("pages", .ref("Pages"))])
    ),
    ("Pages", Schema(.map([], of: .ref("Page")), "Of each list that is paged.")),
    (
      "Page",
      .object(
        [
          .always("limit", .integer().from(1)), .always("offset", .integer("Rows before it.").from(0)),
          .always("returned", .integer("Rows of it.").from(0)), .always("total", .integer("Rows of the list.").from(0)),
          .always("next", Schema.string("The cursor of the page after it; null at the end.").orNull),
        ])
    ),
    ("SummaryMetadata", .object("What the document is worth.", common + [.always("derived", .ref("Derived"))])),
    ("ServicesStatus", Schema(.map(services.map { .maybe($0, .ref("ServiceStatus")) }, of: .ref("ServiceStatus")), servicesText)),
    (
      "ServiceStatus",
      .word(
        ServiceStatus.allCases.map(\.rawValue),
        """
        Of a service, as its last call showed it. `no_data`: it answered, and there is nothing. `unauthorized`: it does not take the \
        caller's identity. `unavailable`: refused, reset, 5xx, or the breaker is open. `invalid_response`: not what was expected. \
        `overloaded`: 429, or the gateway's own limit.
        """)
    ),
    (
      "Sections",
      Schema(
        .map(sectionNames.map { .maybe($0, .ref("SectionStatus")) }, of: .ref("SectionStatus")), "A member for each section.")
    ),
    (
      "SectionStatus",
      .object(
        "What you are looking at in one section.",
        [
          .always(
            "state",
            .word(
              SectionState.allCases.map(\.rawValue),
              """
              `fresh`: fetched for this very request. `cached`: valid, from the cache. `stale`: older than it should be, because the \
              service fails or a refresh is under way. `missing`: there is nothing, and what stands in its place is empty.
              """)),
          .always("fetched_at", Schema.moment("Null when missing.").orNull),
          .maybe(
            "reason",
            .word(["revalidating"] + CallFailure.Reason.allCases.map(\.rawValue), "Why it is stale or missing; else absent.")),
        ])
    ),
    (
      "Derived",
      .object(
        "What each computed part rests on.",
        [
          .always("summary", .ref("Derivation")), .always("rankings", .ref("Derivation")), .always("trends", .ref("Derivation")),
        ])
    ),
    (
      "Derivation",
      .object(
        [
          .always(
            "quality",
            .word(
              ["complete", "degraded", "unavailable"],
              "`degraded`: a section that it rests on is stale or missing. `unavailable`: all are missing.")),
          .always("based_on", .list(of: .string(), "Those of its sections that carry data.")),
          .always("as_of", Schema.moment("When the oldest of them was fetched.").orNull),
        ])
    ),
  ]

  private static let services = ["microservice1", "microservice2", "microservice3", "microservice4"]
  private static let sectionNames = ["users", "scraped_accounts", "metrics", "dashboard_data"]
  private static let servicesText = "Whether each service is all right. Whether its data is: `sections`."

  private static let common: [Member] = [
    .always(
      "timestamp",
      Schema.moment("When the newest section was fetched: the document does not change while its data does not.").orNull),
    .always("services_status", .ref("ServicesStatus")),
    .always("complete", .boolean("Whether all sections carry data that is fresh or validly cached.")),
    .always("sections", .ref("Sections")),
  ]

  private static func object(_ members: [Member]) -> Schema { object("", members) }
}
