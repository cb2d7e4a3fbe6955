import CSimdjson

/// What a scan found in a body: places and kinds, no bytes. It belongs to exactly that body, which its owner keeps beside it.
///
/// Every accessor that takes `bytes` checks the place against them, so that a wrong buffer gives a wrong value or nil, never
/// bytes from
/// outside that buffer.
package struct JSONIndex: Sendable, Equatable {
  /// A value of which more is known than its place.
  package struct Value: Sendable, Equatable {
    package let cell: Cell
    /// Elements of an array; members, as written, of a root object; else 0.
    package let count: Int
    /// An array of which every element is an object; an empty array is one too.
    package let isArrayOfObjects: Bool

    package static let absent = Value(cell: .absent, count: 0, isArrayOfObjects: false)
  }

  package let root: Value
  /// In the order of `ScanPlan.members`.
  package let members: [Value]
  package let rowCount: Int
  package let columnCount: Int
  /// Rows that are no objects: all their cells are absent.
  package let rowsNotObjects: Int
  /// Row by row; 8 bytes a cell.
  private let cells: ContiguousArray<Cell>

  init(_ result: csj_result, members memberCount: Int, columns: Int) {
    root = Value(result.root)
    members = UnsafeBufferPointer(start: result.members, count: memberCount).map { Value($0) }
    rowCount = Int(result.row_count)
    columnCount = columns
    rowsNotObjects = Int(result.rows_not_objects)
    let source = UnsafeRawBufferPointer(start: result.cells, count: rowCount * columns * MemoryLayout<Cell>.stride)
    cells = ContiguousArray(unsafeUninitializedCapacity: rowCount * columns) { target, initialized in
      UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      initialized = target.count
    }
  }

  /// The value of a wanted member by its position in `ScanPlan.members`; absent if there is no such position.
  package func member(_ position: Int) -> Value {
    members.indices.contains(position) ? members[position] : .absent
  }

  /// The cell of a wanted column; absent if there is no such row or column.
  package func cell(row: Int, column: Int) -> Cell {
    guard row >= 0, row < rowCount, column >= 0, column < columnCount else { return .absent }
    return cells[row &* columnCount &+ column]
  }

  /// Calls `body` with the cells of all rows, `columnCount` a row: for those who read every one, and would call `cell` for each.
  package func withCells<Result>(_ body: (UnsafeBufferPointer<Cell>) -> Result) -> Result {
    cells.withUnsafeBufferPointer { body($0) }
  }

  /// Bytes that it holds, for the accounts of a cache.
  package var memory: Int {
    MemoryLayout<JSONIndex>.size + members.count * MemoryLayout<Value>.stride + cells.count * MemoryLayout<Cell>.stride
  }
}

extension JSONIndex.Value {
  init(_ value: csj_value) {
    cell = JSONIndex.Cell(offset: value.cell.offset, bits: value.cell.bits)
    count = Int(value.count)
    isArrayOfObjects = value.all_objects
  }
}
