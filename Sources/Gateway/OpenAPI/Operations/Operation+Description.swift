import HTTPTypes

extension Operation {
  static let getDescription = Operation(
    id: "getDescription", group: .api, summary: "This description, as OpenAPI 3.1.",
    description: "For people: [/docs](/docs) and [/redoc](/redoc).",
    answers: [
      Answer(
        status: .ok, description: "The description.", headers: [.eTag, .cacheControl, .vary],
        content: Content(schema: Schema(.anything))),
      Answer(
        status: .notModified, description: "You have it already (`If-None-Match`).", headers: [.eTag, .cacheControl, .vary]),
    ], problems: [.tooManyRequests])
}
