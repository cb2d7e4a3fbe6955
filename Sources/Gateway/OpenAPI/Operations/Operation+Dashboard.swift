import HTTPTypes

extension Operation {
  static let getConsolidated = Operation(
    id: "getConsolidated", group: .dashboards, summary: "All sections in one document.",
    description: """
      Asks all services at once and gives what they delivered, byte for byte. A service that fails costs its own section alone: the \
      section is empty, and `metadata` says why. Look at `metadata.complete`, and at `metadata.sections` for what you are looking at.
      """,
    parameters: [.userID, .fields(example: #""users.email,metrics.items.views""#)] + Parameter.pages + Parameter.filters + [
      .explain, .prefer, .ifNoneMatch, .requestID,
    ],
    answers: document("Consolidated", example: "consolidated", more: [.link]), problems: ofDashboards + [.gone])

  static let getSummary = Operation(
    id: "getSummary", group: .dashboards, summary: "Totals, rankings and trends.",
    description: """
      Computed from the same sections as the consolidated document: a page that asks for both costs the services one set of calls. \
      `metadata.derived` says what each part rests on.
      """,
    parameters: [.userID, .fields(example: #""trends,rankings.top_accounts.account""#), .top] + Parameter.filters + [
      .explain, .prefer, .ifNoneMatch, .requestID,
    ],
    answers: document("Summary", example: "summary"), problems: ofDashboards)

  /// What a route to documents may answer besides them.
  private static let ofDashboards: [HTTPResponse.Status] = [.unauthorized, .forbidden, .tooManyRequests]

  /// - Parameters:
  ///   - schema: of the whole document.
  ///   - example: see ``Content/example``.
  ///   - more: header fields, besides those of every document.
  private static func document(_ schema: String, example: String, more: [HeaderDescription] = []) -> [Answer] {
    let refusal = Content(type: "application/problem+json", schema: .ref("DocumentProblem"), example: "refusal")
    return [
      Answer(
        status: .ok,
        description: "The document, whole or partial: at least one section carries data. A partial one is never to be kept.",
        headers: HeaderDescription.ofDocuments + more,
        // What `fields` leaves of it, or what `explain` says of it, is of another shape.
        content: Content(schema: Schema(.either([.ref(schema), .ref(schema + "Part")])), example: example)),
      Answer(
        status: .notModified, description: "Nothing has changed since the answer whose tag was sent in `If-None-Match`.",
        headers: HeaderDescription.ofDocuments),
      Answer(
        status: .serviceUnavailable,
        description: """
          There is no document: no section carries data, or one that must be there is missing, or `Prefer: handling=strict` asked for \
          none but a complete one. `sections` says what is known. Without `sections`: the gateway is too busy, about to end, or \
          cannot verify who asks.
          """,
        headers: [.cacheControl, .retryAfter, .serverTiming, .proxyStatus, .cacheStatus], content: refusal),
      Answer(
        status: .gatewayTimeout,
        description: "There is no document, and every missing section is so because its service was too slow.",
        headers: [.cacheControl, .retryAfter, .serverTiming, .proxyStatus, .cacheStatus], content: refusal),
    ]
  }
}

extension Operation.Parameter {
  static let userID = Operation.Parameter(
    name: "user_id",
    description: "Whose data; without it everybody's. Plain decimal digits, of a 64-bit number: JavaScript takes it as text.",
    schema: .integer().format("int64").from(1, to: .max), example: "4")
  static let prefer = Operation.Parameter(
    name: "Prefer", place: .header,
    description: """
      `wait=N`: answer within N seconds, with what there is by then. `handling=strict`: rather 503 than a partial document. Both may \
      stand there; others are ignored (RFC 7240).
      """, schema: .string(), example: #""wait=2""#)
  static let ifNoneMatch = Operation.Parameter(
    name: "If-None-Match", place: .header, description: "The `ETag` of the answer that you have: 304 while it holds.",
    schema: .string(), example: #""\"87aL6yukPPhDxjaaJO3XNQ\"""#)
  static let requestID = Operation.Parameter(
    name: "X-Request-Id", place: .header,
    description: "An id of yours for this request, 1 to 128 visible ASCII characters; others are replaced.", schema: .string(),
    example: #""checkout-42""#)
}
