/// What both documents take to be less than whole (docs/selection.md).
extension Operation.Parameter {
  /// - Parameter example: JSON; of a path that the document has.
  static func fields(example: String) -> Operation.Parameter {
    Operation.Parameter(
      name: "fields",
      description: """
        Only these: dotted paths with commas between them, through objects and every element of lists. `metadata` is always there, \
        with `complete` and `sections`; a service that no path needs is not asked.
        """, schema: .string(), example: example)
  }

  static let top = Operation.Parameter(
    name: "top", description: "Places of each ranking; 5 by default.",
    schema: .integer().from(Int64(DocumentParameters.topRange.lowerBound), to: Int64(DocumentParameters.topRange.upperBound)),
    example: "20")
  static let explain = Operation.Parameter(
    name: "explain",
    description: "`1`, for operators: what happened, in place of the document: its sections, and a timeline.",
    schema: .word(["0", "1"]))

  /// Pages of the lists of the consolidated document.
  static let pages: [Operation.Parameter] = [
    Operation.Parameter(
      name: "limit",
      description: "Rows of a page; \(DocumentParameters.usualLimit) where `section` or `cursor` is given, else all.",
      schema: .integer().from(
        Int64(DocumentParameters.limitRange.lowerBound), to: Int64(DocumentParameters.limitRange.upperBound)), example: "50"),
    Operation.Parameter(
      name: "section",
      description: "The lists that are paged, with commas between them: `users`, `scraped_accounts`, `metrics.items`.",
      schema: .string(), example: #""metrics.items""#),
    Operation.Parameter(
      name: "cursor",
      description: """
        Where the pages go on: from `Link`, or `metadata.pages.<list>.next`. Good for the same question and caller; 410 when the list has \
        changed since.
        """, schema: .string()),
  ]

  /// As sections are defined by default; a configuration may have others.
  static let filters: [Operation.Parameter] = [
    filter("date_from", "Posts of this day and later.", Schema.string().format("date"), #""2026-01-31""#),
    filter("date_to", "Posts of this day and earlier.", Schema.string().format("date"), #""2026-12-31""#),
    filter("min_engagement", "Posts with at least this engagement.", .number(), "0.05"),
    filter("max_engagement", "Posts with at most this engagement.", .number(), "0.5"),
    filter("min_views", "Posts with at least so many views.", .integer().from(0), "100"),
    filter("max_views", "Posts with at most so many views.", .integer().from(0), "100000"),
    filter("min_likes", "Posts with at least so many likes.", .integer().from(0), "10"),
    filter("max_likes", "Posts with at most so many likes.", .integer().from(0), "10000"),
  ]

  private static func filter(_ name: String, _ description: String, _ schema: Schema, _ example: String) -> Operation.Parameter {
    Operation.Parameter(
      name: name, description: "\(description) Told to the metrics service; all that is computed is of what it leaves.",
      schema: schema, example: example)
  }
}
