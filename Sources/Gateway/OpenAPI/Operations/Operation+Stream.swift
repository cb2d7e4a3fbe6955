import HTTPTypes

extension Operation {
  static let getStream = Operation(
    id: "getStream", group: .dashboards, summary: "The sections as they land, and then whatever changes.",
    description: """
      Server-Sent Events: `section` for each section when it is there and whenever it is another one, `document` with `metadata` when \
      all have been told of, `end` when the gateway ends the stream. `docs/stream.md` has their members. Browsers come back by \
      themselves, with `Last-Event-ID`, and are told what is new since.
      """,
    parameters: [.userID, .lastEventID, .requestID],
    answers: [
      Answer(
        status: .ok, description: "Events, until one side ends it.",
        headers: [.cacheControl, .rateLimit, .rateLimitPolicy], content: Content(type: "text/event-stream", schema: .string()))
    ], problems: [.unauthorized, .forbidden, .tooManyRequests])
}

extension Operation.Parameter {
  static let lastEventID = Operation.Parameter(
    name: "Last-Event-ID", place: .header,
    description: "The `id` of the last event that was taken. One that is not understood counts as none.", schema: .string())
}
