package import Aggregation

/// What of a request's query services are asked by.
package struct RehearsedQuestion: Sendable {
  package let user: Int64?
  package let filters: [AppliedFilter]

  /// Nil where the request is refused for it: then nobody is asked.
  package init?(_ query: String, _ sections: [SectionDefinition]) {
    let parameters = QueryParameters(query)
    do throws(Problem) {
      user = try UserIDParameter.value(in: parameters)
      filters = try DocumentParameters.filters(parameters, sections.flatMap(\.filters))
    } catch { return nil }
  }

  /// A query that asks services for the same, and says nothing else.
  package var query: String {
    ((user.map { ["user_id=\($0)"] } ?? []) + filters.map { "\($0.parameter)=\($0.text)" }).joined(separator: "&")
  }
}
