import Aggregation

/// Which of the two documents is asked for.
enum DocumentKind: UInt8, Sendable {
  case consolidated = 0
  case summary = 1
}

/// What a query says of a document, but for whose it is: which fields, which page, how long rankings, what upstreams are to leave out.
struct DocumentParameters {
  struct Paging: Equatable {
    /// In the document's order; one at least.
    let lists: [String]
    let limit: Int
    let cursor: [UInt8]?
  }

  private(set) var fields: FieldSelection?
  private(set) var top: Int?
  private(set) var paging: Paging?
  private(set) var filters: [AppliedFilter] = []

  static let topRange = 1...100
  static let limitRange = 1...1000
  static let usualLimit = 100

  /// Nil where the whole document is asked for.
  ///
  /// - Throws: a 400 for a parameter that is known here, and is not what it must be.
  init?(_ parameters: QueryParameters, of kind: DocumentKind, _ aggregator: Aggregator) throws(Problem) {
    if parameters.isEmpty { return nil }
    fields = try Self.fields(parameters, of: kind == .consolidated ? aggregator.consolidatedFields : .summary)
    switch kind {
    case .consolidated: paging = try Self.paging(parameters, fields, aggregator)
    case .summary:
      top = try parameters.integer("top", in: Self.topRange)
      // Everybody is shown that many.
      if top == DocumentView().top { top = nil }
    }
    filters = try Self.filters(parameters, aggregator.definitions.flatMap(\.filters))
    if fields == nil, top == nil, paging == nil, filters.isEmpty { return nil }
  }

  private static func fields(_ parameters: QueryParameters, of catalogue: FieldCatalogue) throws(Problem) -> FieldSelection? {
    guard let list = try parameters.value("fields") else { return nil }
    do {
      return try catalogue.selection(list)
    } catch {
      switch error {
      case .unknown(let path): throw .badRequest("fields: there is no field \(path) in this document.")
      case .malformed(let path):
        throw .badRequest(
          "fields must be names with dots between them, and paths with commas between them; this is none: \(path)")
      case .tooMany:
        throw .badRequest(
          "fields may have at most \(FieldCatalogue.maximumPaths) paths of at most \(FieldCatalogue.maximumDepth) names.")
      }
    }
  }

  private static func paging(
    _ parameters: QueryParameters, _ fields: FieldSelection?, _ aggregator: Aggregator
  ) throws(Problem) -> Paging? {
    let limit = try parameters.integer("limit", in: limitRange)
    let (section, cursor) = (try parameters.value("section"), try parameters.value("cursor"))
    guard limit != nil || section != nil || cursor != nil else { return nil }
    let all = aggregator.pagedLists(in: nil)
    var lists = aggregator.pagedLists(in: fields)
    if let section {
      let named = section.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      let names = named.compactMap { name in all.first { $0.utf8.elementsEqual(name) } }
      guard names.count == named.count else {
        throw .badRequest("section must be one or more of \(all.joined(separator: ", ")), with commas between them.")
      }
      guard names.allSatisfy(lists.contains) else { throw .badRequest("section names a list that fields leave out.") }
      lists = lists.filter(names.contains)
    }
    // A cursor goes on with lists: here are none, and so it was given for another question. A limit alone asks for nothing of them.
    if lists.isEmpty, cursor != nil { throw .badRequest("cursor goes on with lists, and fields leave all of them out.") }
    return lists.isEmpty ? nil : Paging(lists: lists, limit: limit ?? usualLimit, cursor: cursor)
  }

  static func filters(_ parameters: QueryParameters, _ known: [SectionFilter]) throws(Problem) -> [AppliedFilter] {
    var applied: [AppliedFilter] = []
    for filter in known where !applied.contains(where: { $0.parameter == filter.parameter }) {
      guard let text = try parameters.value(filter.parameter) else { continue }
      guard let value = filter.applied(text) else { throw .badRequest("\(filter.parameter) must be \(filter.kind.sentence).") }
      applied.append(value)
    }
    for filter in known {
      guard let lower = applied.first(where: { $0.parameter == filter.parameter }),
        let upper = applied.first(where: { $0.parameter == filter.upperBound })
      else { continue }
      if lower.order > upper.order { throw .badRequest("\(lower.parameter) must not be more than \(upper.parameter).") }
    }
    return applied
  }
}

extension SectionFilter.Kind {
  fileprivate var sentence: String {
    switch self {
    case .date: "a day that exists, as YYYY-MM-DD"
    case .integer: "a whole number of at most 15 decimal digits"
    case .number: "a number of at most 15 decimal digits, with at most one point among them"
    }
  }
}
