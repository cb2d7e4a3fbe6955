import HTTPTypes

extension Operation {
  static let purgeCache = Operation(
    id: "purgeCache", group: .cache, summary: "Forget what is kept, here and in all replicas.",
    description: """
      By tags: `*` is everything, a section's name all of it, `user:7` what is of one user. `soft` keeps what is there as stale, for \
      when its service fails; `hard` removes it.
      """,
    body: Body(schema: .ref("PurgeRequest"), example: #"{"tags":["users","user:7"],"mode":"soft"}"#),
    answers: [
      Answer(
        status: .ok, description: "What came of it.", headers: [.cacheControl],
        content: Content(schema: .ref("PurgeReport"), example: "purge"))
    ], problems: [.unauthorized, .forbidden, .conflict, .unsupportedMediaType])
}

// MARK: Seeing inside

extension Operation {
  static let getMetrics = Operation(
    id: "getMetrics", group: .operations, summary: "What is counted and measured, for Prometheus.",
    description: "The text format, version 0.0.4. `docs/metrics.md` says what each metric means.",
    answers: [
      Answer(
        status: .ok, description: "All metrics.", headers: [.cacheControl],
        content: Content(type: "text/plain", schema: .string()))
    ], problems: [.unauthorized, .forbidden])

  static let getRequests = Operation(
    id: "getRequests", group: .operations, summary: "Requests that are over, and what happened to them.",
    description: """
      Those that were not answered from memory: each with its sections and its timeline. Of a query it has the names, of users nothing.
      """,
    parameters: [
      Parameter(
        name: "kind",
        description: "`last`: 50, the newest first. `slowest` and `degraded`: 20 each of the last hour.",
        schema: .word(["last", "slowest", "degraded"]), example: #""slowest""#)
    ],
    answers: [
      Answer(
        status: .ok, description: "What is remembered.", headers: [.cacheControl], content: Content(schema: Schema(.anything)))
    ], problems: [.unauthorized, .forbidden])

  static let getStatus = Operation(
    id: "getStatus", group: .operations, summary: "How this process is, now.",
    description: "What [/status](/status) shows: services, sections, replicas, recent answers that were partial.",
    answers: [
      Answer(
        status: .ok, description: "How it is.", headers: [.cacheControl], content: Content(schema: Schema(.anything)))
    ], problems: [.unauthorized, .forbidden])
}
