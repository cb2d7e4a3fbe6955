import NIOCore
import RawJSON

/// Where the rows of a section are in its body: every 64th is known, those between are found by walking. Four bytes for 64 rows.
struct RowTable: Sendable {
  static let stride = 64

  /// Where the list is, its brackets included; nil where there is none: a section that is one object is its only row.
  let list: Range<Int>?
  let count: Int
  /// Names the list's bytes: the same in every process, so that a list that has not changed is known to be the same by all replicas.
  let digest: UInt64
  /// Where the rows 0, 64, 128 … begin.
  private let places: ContiguousArray<UInt32>

  /// - Parameters:
  ///   - member: of the root object, that has the list; nil: the root is the list.
  init(of bytes: UnsafeRawBufferPointer, member: String?) {
    let list = Self.list(in: bytes, member: member)
    var walker = JSONWalker(bytes, at: list.lowerBound)
    var (places, count) = (ContiguousArray<UInt32>(), 0)
    if !list.isEmpty, walker.next() == UInt8(ascii: "[") {
      walker.passBracket()
      while walker.next() != nil {
        if count % Self.stride == 0 { places.append(UInt32(clamping: walker.place)) }
        count += 1
        walker.passValue()
      }
    }
    (self.list, self.places, self.count) = (list, places, count)
    digest = Self.seed.hash(UnsafeRawBufferPointer(rebasing: bytes[list]))
  }

  /// Of a section without a list.
  init(count: Int, of bytes: UnsafeRawBufferPointer) {
    (list, places, self.count) = (nil, [], count)
    digest = Self.seed.hash(bytes)
  }

  /// From the first byte of the first of these rows to behind the last one. Walks past 63 rows that are not wanted at most.
  func range(of rows: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Range<Int> {
    guard let list else { return 0..<0 }
    let rows = rows.clamped(to: 0..<count)
    guard !rows.isEmpty else { return list.lowerBound..<list.lowerBound }
    let known = rows.lowerBound / Self.stride
    var walker = JSONWalker(bytes, at: Int(places[known]))
    for _ in (known * Self.stride)..<rows.lowerBound { walker.passValue() }
    _ = walker.next()
    let start = walker.place
    // The last whole stretch that is known to be wanted needs no walking either.
    let last = (rows.upperBound - 1) / Self.stride
    var reached = rows.lowerBound
    if last > known {
      walker.jump(to: Int(places[last]))
      reached = last * Self.stride
    }
    for _ in reached..<rows.upperBound { walker.passValue() }
    return start..<walker.place
  }

  /// The last member of that name counts, as it does for a scan.
  private static func list(in bytes: UnsafeRawBufferPointer, member: String?) -> Range<Int> {
    var walker = JSONWalker(bytes)
    guard let member else { return walker.passValue() }
    var found = 0..<0
    guard walker.next() == UInt8(ascii: "{") else { return found }
    walker.passBracket()
    while walker.next() != nil {
      let isIt = walker.passName().withBytes { $0.elementsEqual(member.utf8) }
      let value = walker.passValue()
      if isIt { found = value }
    }
    return found
  }

  /// No secret: whoever can choose the rows of a section may make two of them look the same, and gains nothing.
  private static let seed = HashSeed(state: 0x7472_6962_7574_6172, factor: 0x9E37_79B9_7F4A_7C15)
}

extension RowTable {
  /// Bytes that it takes for a section of so many rows.
  static func cost(rows: Int) -> Int { 128 + rows / stride * MemoryLayout<UInt32>.stride }

  init(of section: Section) {
    self = section.body.withUnsafeReadableBytes { bytes in
      // Nothing was sent.
      if section.isFiller { return RowTable(count: 0, of: UnsafeRawBufferPointer(rebasing: bytes[..<0])) }
      return switch section.shape.rows {
      case .rootElements: RowTable(of: bytes, member: nil)
      case .elements(let member): RowTable(of: bytes, member: member)
      case .rootObject, .none: RowTable(count: 1, of: bytes)
      }
    }
  }
}

/// On the heap, because most sections are never asked for a page.
final class MadeRowTable: Sendable {
  let table: RowTable

  init(_ table: RowTable) { self.table = table }
}
