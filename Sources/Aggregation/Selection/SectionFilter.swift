import Clients

/// A query parameter that a section's upstream is told of, so that it sends only what is wanted.
package struct SectionFilter: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// `YYYY-MM-DD`, a day that exists.
    case date
    /// Decimal digits, at most 15.
    case integer
    /// The same, with at most one point among them.
    case number
  }

  /// Such as `date_from`. Where one begins with `min_` or ends with `_from`, it must not be greater than the `max_` or `_to` beside it.
  package let parameter: String
  package let kind: Kind
  /// What the upstream calls it, such as `datePostedFrom`: a member of the body of POST, a query parameter of GET.
  package let member: String

  package init(_ parameter: String, _ kind: Kind, _ member: String) {
    (self.parameter, self.kind, self.member) = (parameter, kind, member)
  }

  /// The parameter that must not be less, if this is a lower bound.
  package var upperBound: String? {
    if parameter.hasPrefix("min_") { return "max_" + parameter.dropFirst(4) }
    return parameter.hasSuffix("_from") ? parameter.dropLast(5) + "_to" : nil
  }

  /// Nil for a text that is none of its kind.
  package func applied(_ text: [UInt8]) -> AppliedFilter? {
    switch kind {
    case .date:
      guard let day = text.withUnsafeBytes(CivilTime.day) else { return nil }
      return AppliedFilter(parameter: parameter, text: String(decoding: text, as: UTF8.self), isText: true, order: Double(day))
    case .integer where text.contains(UInt8(ascii: ".")): return nil
    case .integer, .number:
      guard let text = Self.decimal(text), let value = Double(text) else { return nil }
      return AppliedFilter(parameter: parameter, text: text, isText: false, order: value)
    }
  }

  /// Without zeros that mean nothing, so that equal numbers are equal texts.
  private static func decimal(_ text: [UInt8]) -> String? {
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts.reduce(0) { $0 + $1.count }
    guard (1...15).contains(digits), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) else { return nil }
    let whole = parts[0].drop { $0 == UInt8(ascii: "0") }
    var fraction = parts.count > 1 ? parts[1] : []
    while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
    let shown = whole.isEmpty ? [UInt8(ascii: "0")] : Array(whole)
    return String(decoding: fraction.isEmpty ? shown : shown + [UInt8(ascii: ".")] + fraction, as: UTF8.self)
  }
}

/// A filter with a value that was found to be good: of characters that need no escapes, neither in JSON nor in a query.
package struct AppliedFilter: Sendable, Equatable {
  package let parameter: String
  /// Equal for equal values.
  package let text: String
  /// Whether it is a text in JSON, and not a number.
  let isText: Bool
  /// By which two of a kind are compared.
  package let order: Double

  var json: String { isText ? "\"\(text)\"" : text }
}

extension RequestTemplate {
  /// The same request with these values told to the upstream.
  package func filtered(by filters: [(member: String, filter: AppliedFilter)]) -> RequestTemplate {
    guard !filters.isEmpty else { return self }
    var template = self
    switch method {
    case .get:
      let query = filters.map { "\($0.member)=\($0.filter.text)" }.joined(separator: "&")
      template.path += (path.contains("?") ? "&" : "?") + query
    default:
      // The settings see to it that it is an object.
      guard let body, let end = body.lastIndex(of: "}"), let start = body.firstIndex(of: "{") else { return self }
      let isEmpty = body[body.index(after: start)..<end].allSatisfy(\.isWhitespace)
      let members = filters.map { "\"\($0.member)\":\($0.filter.json)" }.joined(separator: ",")
      template.body = body[..<end] + (isEmpty ? "" : ",") + members + body[end...]
    }
    return template
  }
}

extension SectionDefinition {
  /// Those of a request that this section's upstream is told, in the order in which they are declared.
  package func applied(_ filters: [AppliedFilter]) -> [(member: String, filter: AppliedFilter)] {
    guard !filters.isEmpty else { return [] }
    return self.filters.compactMap { known in
      filters.first { $0.parameter == known.parameter }.map { (member: known.member, filter: $0) }
    }
  }
}
