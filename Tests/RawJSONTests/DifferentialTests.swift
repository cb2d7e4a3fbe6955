import CSimdjson
import RawJSON
import Testing

/// The scanner against two others that know nothing of it: the plain parser of these tests, and simdjson's DOM parser.
@Suite struct DifferentialTests {
  static let plans = [
    ScanPlan(
      members: ["count", "items", "dashboard", "missing"], rows: .elements(ofMember: "items"),
      columns: ["views", "hashtags", "adminId", "engagement"]),
    ScanPlan(rows: .rootElements, columns: ["id", "email", "accountName", "adminProfile"]),
    ScanPlan(members: ["a", "b\tc"], rows: .rootObject, columns: ["a", "", "b\tc", "items"]),
  ]

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func agreesWithBothOnMutatedDocuments(seed: UInt64) {
    var mutator = Mutator(seed: seed)
    let scanner = JSONScanner()
    var accepted = 0
    for round in 0..<6000 {
      let bytes = mutator.mutated(Array(Sample.all[round % Sample.all.count].utf8))
      let plan = Self.plans[round % Self.plans.count]
      let result = outcome(bytes, plan, on: scanner)
      let tree = ReferenceJSON.parse(bytes)
      switch (result, tree) {
      case (.success(let index), .some(let tree)):
        accepted += 1
        let difference = bytes.withUnsafeBytes { differences(index, tree, plan, $0) }
        #expect(difference == nil, "\(bytes.text)")
      case (.failure, .none):
        break
      default:
        Issue.record("reference \(tree == nil ? "refuses" : "accepts"), scanner does not: \(bytes.text)")
      }
      expectDOMAgrees(bytes, accepted: (try? result.get()) != nil)
    }
    #expect(accepted > 500)
  }

  /// simdjson's DOM refuses numbers out of its range, and surrogates that stand alone; nothing else may differ.
  private func expectDOMAgrees(_ bytes: [UInt8], accepted: Bool) {
    let verdict = csj_dom_verdict(bytes, bytes.count)
    switch (accepted, verdict) {
    case (true, 0): break
    case (true, 1): #expect(bytes.text.lowercased().contains("\\ud"), "\(bytes.text)")
    case (true, 2): #expect(bytes.text.contains(#/\d{19}|[eE]\+?\d{3}|\d{16}\.|\.\d{16}|[eE]-?\d{2}/#), "\(bytes.text)")
    case (true, _): Issue.record("only simdjson refuses: \(bytes.text)")
    case (false, let verdict): #expect(verdict != 0, "only simdjson accepts: \(bytes.text)")
    }
  }

  /// What the index says otherwise than the tree; nil if nothing.
  private func differences(
    _ index: JSONIndex, _ tree: ReferenceJSON.Placed, _ plan: ScanPlan, _ bytes: UnsafeRawBufferPointer
  ) -> String? {
    if !same(index.root.cell, tree, bytes) { return "root" }
    var rows: [ReferenceJSON.Placed] = []
    switch tree.node {
    case .array(let elements):
      if index.root.count != elements.count { return "root's elements" }
      if index.root.isArrayOfObjects != elements.allSatisfy(\.isObject) { return "root's objects" }
      if plan.rows == .rootElements { rows = elements }
    case .object(let members):
      if index.root.count != members.count { return "root's members" }
      for (position, name) in plan.members.enumerated() {
        let value = members.last { $0.name == Array(name.utf8) }?.value
        let found = index.member(position)
        if !same(found.cell, value, bytes) { return "member \(name)" }
        let elements = value?.elements
        if found.count != elements?.count ?? 0 { return "elements of \(name)" }
        if found.isArrayOfObjects != elements?.allSatisfy(\.isObject) ?? false { return "objects of \(name)" }
        if plan.rows == .elements(ofMember: name) { rows = elements ?? [] }
      }
      if plan.rows == .rootObject { rows = [tree] }
    default: break
    }
    if index.rowCount != rows.count { return "rows" }
    if index.rowsNotObjects != rows.count(where: { !$0.isObject }) { return "rows that are no objects" }
    for (number, row) in rows.enumerated() {
      for (column, name) in plan.columns.enumerated() {
        let cell = index.cell(row: number, column: column)
        if !same(cell, row.member(name), bytes) { return "row \(number) column \(name)" }
      }
    }
    return nil
  }

  private func same(_ cell: JSONIndex.Cell, _ value: ReferenceJSON.Placed?, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let value else { return cell.kind == .absent && cell.range.isEmpty }
    guard cell.range == value.range else { return false }
    switch value.node {
    case .null: return cell.kind == .null
    case .bool(let bool): return cell.bool == bool
    case .number(let isInteger): return cell.kind == .number && (isInteger || cell.int64(in: bytes) == nil)
    case .string(let text): return cell.text(in: bytes)?.withBytes { $0.elementsEqual(text) } == true
    case .array: return cell.kind == .array
    case .object: return cell.kind == .object
    }
  }
}

extension ReferenceJSON.Placed {
  var isObject: Bool {
    if case .object = node { true } else { false }
  }

  var elements: [ReferenceJSON.Placed]? {
    if case .array(let elements) = node { elements } else { nil }
  }

  func member(_ name: String) -> ReferenceJSON.Placed? {
    guard case .object(let members) = node else { return nil }
    return members.last { $0.name == Array(name.utf8) }?.value
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}
