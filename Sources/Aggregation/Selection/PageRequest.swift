import RawJSON

/// Which part of which lists is wanted.
package struct PageRequest: Sendable {
  /// Writes down where lists go on, in a way that only this gateway can: lists, and a position for each.
  package typealias Sign = @Sendable (_ lists: [String], _ positions: [ListPosition]) -> String

  /// Such as `metrics.items`; in the document's order, none twice.
  package let lists: [String]
  /// Rows of each, 1 … 1000.
  package let limit: Int
  /// One for each list; empty: from the beginning.
  package let positions: [ListPosition]
  package let sign: Sign

  package init(lists: [String], limit: Int, positions: [ListPosition] = [], sign: @escaping Sign) {
    (self.lists, self.limit, self.positions, self.sign) = (lists, limit, positions, sign)
  }
}

/// Where a list goes on: before the row of that number, in the list of those bytes.
package struct ListPosition: Sendable, Equatable {
  /// Of the list that the row was counted in; 0 where none has been seen yet.
  package var digest: UInt64
  package var offset: UInt32

  package init(digest: UInt64, offset: UInt32) { (self.digest, self.offset) = (digest, offset) }

  static let start = ListPosition(digest: 0, offset: 0)
}

/// A page of one list.
struct ListPage: Sendable {
  let list: String
  /// The rows that it has.
  let rows: Range<Int>
  let total: Int
  /// Behind it.
  let next: ListPosition

  var hasMore: Bool { rows.upperBound < total }

  /// Nil where the list is another one than when the position was written down.
  init?(_ list: String, of table: RowTable, from position: ListPosition, limit: Int) {
    let start = min(Int(position.offset), table.count)
    guard start == 0 || position.digest == table.digest else { return nil }
    self.list = list
    rows = start..<min(start + limit, table.count)
    total = table.count
    next = ListPosition(digest: table.digest, offset: UInt32(clamping: rows.upperBound))
  }
}

extension SectionDefinition {
  /// The name by which pages of its rows are asked for; nil where it is not given in pages.
  package var pagedList: String? {
    guard isPaged else { return nil }
    switch everything.shape.rows {
    case .elements(let member): return "\(name).\(member)"
    case .rootElements, .rootObject: return name
    case .none: return nil
    }
  }
}
