import CSimdjson

/// What a scan collects on its way through a body. Built once, used for every body of that shape, from any thread.
///
/// Names are compared with the *unescaped* keys of the document, byte by byte (no Unicode normalisation, RFC 8259 §8.3). Where
/// an object
/// has a name twice, the last one counts, as in most parsers (§4).
package struct ScanPlan: Sendable {
  /// Where rows come from.
  package enum Rows: Sendable, Equatable {
    case none
    /// A root array's elements.
    case rootElements
    /// The elements of the array in the root object's member of that name.
    case elements(ofMember: String)
    /// A root object is itself the only row.
    case rootObject
  }

  /// Members, and columns, that one plan may name.
  package static let maximumNames = Int(CSJ_MAXIMUM_NAMES)
  /// UTF-8 bytes of one name.
  package static let maximumNameLength = Int(CSJ_MAXIMUM_NAME_LENGTH)

  /// The wanted members of a root object, in the order of `JSONIndex.members`. The member that rows come from is
  /// appended if it was not named.
  package let members: [String]
  package let rows: Rows
  /// The wanted members of each row; a column is known by its position here.
  package let columns: [String]
  /// Arrays and objects inside each other, the root among them.
  package let maximumDepth: Int
  /// More rows are refused: a row costs 8 bytes a column, which would let `[{},{},…]` cost many times its own size.
  package let maximumRows: Int

  /// The plan as the C side reads it, flat and without pointers.
  let words: ContiguousArray<UInt64>

  /// - Precondition: at most `maximumNames` members and columns of at most `maximumNameLength` bytes, `maximumDepth` in 1 … 1024,
  ///   `maximumRows` in 0 … 2³²−1. These are constants of ours, or values that the settings have checked.
  package init(
    members: [String] = [], rows: Rows = .none, columns: [String] = [], maximumDepth: Int = 128, maximumRows: Int = 200_000
  ) {
    var all = members
    var source = 0
    if case .elements(let member) = rows {
      source = all.firstIndex(of: member) ?? all.count
      if source == all.count { all.append(member) }
    }
    self.members = all
    self.rows = rows
    self.columns = columns
    self.maximumDepth = maximumDepth
    self.maximumRows = maximumRows
    self.words = Self.build(
      all, columns,
      csj_plan_description(
        members: nil, member_count: 0, columns: nil, column_count: 0, rows: rows.code, rows_member: UInt32(source),
        maximum_depth: UInt32(maximumDepth), maximum_rows: UInt32(maximumRows)))
  }

  /// The position of a wanted member in `JSONIndex.members`.
  package func position(ofMember name: String) -> Int? {
    members.firstIndex(of: name)
  }

  /// The plan in C's form, from its names and a description that lacks only these.
  private static func build(
    _ members: [String], _ columns: [String], _ frame: csj_plan_description
  ) -> ContiguousArray<UInt64> {
    var words = ContiguousArray<UInt64>(repeating: 0, count: (csj_plan_size() + 7) / 8)
    let text = Array((members + columns).joined().utf8)
    let built = text.withUnsafeBufferPointer { text in
      var start = 0
      let names = (members + columns).map { name in
        defer { start += name.utf8.count }
        return csj_name(bytes: text.baseAddress.map { $0 + start }, length: name.utf8.count)
      }
      return names.withUnsafeBufferPointer { names in
        var description = frame
        description.members = names.baseAddress
        description.member_count = members.count
        description.columns = names.baseAddress.map { $0 + members.count }
        description.column_count = columns.count
        return words.withUnsafeMutableBytes { csj_plan_init($0.baseAddress, &description) }
      }
    }
    precondition(built, "a scan plan breaks its limits")
    return words
  }
}

extension ScanPlan.Rows {
  fileprivate var code: UInt32 {
    switch self {
    case .none: UInt32(CSJ_ROWS_NONE)
    case .rootElements: UInt32(CSJ_ROWS_ROOT_ELEMENTS)
    case .elements: UInt32(CSJ_ROWS_MEMBER_ELEMENTS)
    case .rootObject: UInt32(CSJ_ROWS_ROOT_OBJECT)
    }
  }
}
