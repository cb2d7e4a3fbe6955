import NIOCore
import RawJSON

/// Writes what is selected of a body: the bytes as they stand, numbers with all their digits, members in their order, names as they are
/// escaped. What is no object and no list is given whole: of a null nothing can be left out.
struct JSONProjection {
  /// Some of the rows of the one list of which not all are wanted.
  struct Rows {
    /// Where the list is in the body, its brackets included.
    let list: Range<Int>
    /// Where the rows are, from the first byte of the first to behind the last; empty for none.
    let rows: Range<Int>
  }

  private let bytes: UnsafeRawBufferPointer
  private let page: Rows?
  private var walker: JSONWalker
  private var out: ByteBuffer

  /// - Parameter bytes: JSON that was validated.
  static func write(
    _ selection: FieldSelection, of bytes: UnsafeRawBufferPointer, page: Rows? = nil, to out: inout ByteBuffer
  ) {
    var projection = JSONProjection(bytes, page, ByteBuffer())
    swap(&projection.out, &out)
    projection.writeAll(selection)
    swap(&projection.out, &out)
  }

  private init(_ bytes: UnsafeRawBufferPointer, _ page: Rows?, _ out: ByteBuffer) {
    (self.bytes, self.page, self.out) = (bytes, page, out)
    walker = JSONWalker(bytes)
  }

  private mutating func writeAll(_ selection: FieldSelection) {
    guard case .whole = selection else { return write(selection) }
    guard let page else { return copy(0..<bytes.count) }
    copy(0..<page.list.lowerBound)
    write(page, .whole)
    copy(page.list.upperBound..<bytes.count)
  }

  private mutating func write(_ selection: FieldSelection) {
    let first = walker.next()
    if let page, walker.place == page.list.lowerBound {
      write(page, selection)
      return walker.jump(to: page.list.upperBound)
    }
    switch (first, selection) {
    case (UInt8(ascii: "{"), .members(let members)): writeObject(members)
    case (UInt8(ascii: "["), .members): writeList(selection)
    default: copy(walker.passValue())
    }
  }

  private mutating func writeObject(_ members: [FieldSelection.Member]) {
    var isFirst = true
    out.writeInteger(UInt8(ascii: "{"))
    walker.passBracket()
    while walker.next() != nil {
      let start = walker.place
      guard let member = members.first(named: walker.passName()) else {
        walker.passValue()
        continue
      }
      if !isFirst { out.writeInteger(UInt8(ascii: ",")) }
      isFirst = false
      _ = walker.next()
      if case .whole = member.selection, walker.place != page?.list.lowerBound {
        // Name and value are one piece.
        copy(start..<walker.passValue().upperBound)
      } else {
        copy(start..<walker.place)
        write(member.selection)
      }
    }
    walker.passBracket()
    out.writeInteger(UInt8(ascii: "}"))
  }

  private mutating func writeList(_ selection: FieldSelection) {
    out.writeInteger(UInt8(ascii: "["))
    walker.passBracket()
    writeElements(selection, until: bytes.count)
    walker.passBracket()
    out.writeInteger(UInt8(ascii: "]"))
  }

  private mutating func writeElements(_ selection: FieldSelection, until end: Int) {
    var isFirst = true
    while walker.place < end, walker.next() != nil {
      if !isFirst { out.writeInteger(UInt8(ascii: ",")) }
      isFirst = false
      write(selection)
    }
  }

  private mutating func write(_ page: Rows, _ selection: FieldSelection) {
    out.writeInteger(UInt8(ascii: "["))
    if case .whole = selection {
      copy(page.rows)
    } else {
      walker.jump(to: page.rows.lowerBound)
      writeElements(selection, until: page.rows.upperBound)
    }
    out.writeInteger(UInt8(ascii: "]"))
  }

  private mutating func copy(_ range: Range<Int>) { out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[range])) }
}
