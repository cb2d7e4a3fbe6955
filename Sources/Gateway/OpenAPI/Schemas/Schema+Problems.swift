extension Schema {
  static let problem = object(
    "An error (RFC 9457). Says what the client can do, and nothing of what is behind the gateway.", members)

  static let documentProblem = object(
    "Why there is no document. What is known of the services and sections stands in it, where they were asked.",
    members + [.maybe("services_status", .ref("ServicesStatus")), .maybe("sections", .ref("Sections"))])

  private static let members: [Member] = [
    .always("type", .word(["about:blank"], "The status says what kind it is.")),
    .always("title", .string("The status in words.")),
    .always("status", .integer().from(400, to: 599)), .always("detail", .string("A sentence for whoever writes the client.")),
    .maybe("instance", .string("The path that was asked for.")), .always("request_id", .string("As in `X-Request-Id`.")),
  ]

  static let purgeRequest = object(
    "No other members.",
    [
      .always(
        "tags",
        list(of: string().from(1, to: Int64(PurgeRequest.maxTag)).pattern("^[!-~]+$")).from(1, to: Int64(PurgeRequest.maxTags))),
      .maybe("mode", word(["soft", "hard"], "`soft` where it is absent.")),
    ]
  ).closed

  static let purgeReport = object(
    "What came of a purge.",
    [
      .always("mode", word(["soft", "hard"])), .always("tags", list(of: string())),
      .always("entries", integer("Entries of this process that were removed, or marked stale.").from(0)),
      .always("spread", word(["not_needed", "done", "failed"], "Whether the other replicas were told.")),
      .maybe("reason", string("Why they were not.")),
    ])
}
