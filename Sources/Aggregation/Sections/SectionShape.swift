import RawJSON

/// What an upstream's body must look like to be spliced into a document; anything else is `invalid_response`.
package enum SectionShape: Sendable, Equatable {
  /// An array of objects.
  case list
  /// An object, shown as a list of one.
  case objectAsList
  /// An object with these members; the first list among them holds the rows.
  case object([Member])

  package struct Member: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
      case list, object, integer, number, string
    }
    package let name: String
    package let kind: Kind

    package init(_ name: String, _ kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  /// What stands in the document when the section is missing: an empty one of the same shape.
  package var filler: String {
    switch self {
    case .list, .objectAsList: "[]"
    case .object(let members):
      "{" + members.map { "\"\($0.name)\":\($0.kind.filler)" }.joined(separator: ",") + "}"
    }
  }

  /// Where the rows of a body of this shape are.
  var rows: ScanPlan.Rows {
    switch self {
    case .list: .rootElements
    case .objectAsList: .rootObject
    case .object(let members):
      members.first { $0.kind == .list }.map { .elements(ofMember: $0.name) } ?? .none
    }
  }

  var members: [String] {
    if case .object(let members) = self { members.map(\.name) } else { [] }
  }

  /// Whether a scanned body has this shape. A list must hold objects; odd elements among them are tolerated and counted, a list
  /// of nothing but odd elements is another shape.
  func accepts(_ index: JSONIndex, plan: ScanPlan) -> Bool {
    switch self {
    case .list: return index.root.cell.kind == .array && !hasOnlyOddRows(index, plan: plan)
    case .objectAsList: return index.root.cell.kind == .object
    case .object(let members):
      return index.root.cell.kind == .object && !hasOnlyOddRows(index, plan: plan)
        && members.allSatisfy { member in
          plan.position(ofMember: member.name).map { member.kind.accepts(index.member($0).cell.kind) } ?? false
        }
    }
  }

  /// Whether the list of rows holds anything that is no object.
  func hasOddRows(_ index: JSONIndex, plan: ScanPlan) -> Bool {
    guard let list = list(in: index, plan: plan), list.cell.kind == .array else { return false }
    return !list.isArrayOfObjects
  }

  /// Elements of the list of rows; 1 for an object without one: that is one thing, and never empty.
  func rowCount(of index: JSONIndex, plan: ScanPlan) -> Int {
    list(in: index, plan: plan)?.count ?? 1
  }

  private func hasOnlyOddRows(_ index: JSONIndex, plan: ScanPlan) -> Bool {
    hasOddRows(index, plan: plan) && index.rowsNotObjects == index.rowCount
  }

  private func list(in index: JSONIndex, plan: ScanPlan) -> JSONIndex.Value? {
    switch rows {
    case .rootElements: index.root
    case .elements(let member): plan.position(ofMember: member).map { index.member($0) }
    case .rootObject, .none: nil
    }
  }
}

extension SectionShape.Member.Kind {
  var filler: String {
    switch self {
    case .list: "[]"
    case .object: "{}"
    case .integer, .number: "0"
    case .string: "\"\""
    }
  }

  func accepts(_ kind: JSONIndex.Kind) -> Bool {
    switch self {
    case .list: kind == .array
    case .object: kind == .object
    case .integer, .number: kind == .number
    case .string: kind == .string
    }
  }
}
