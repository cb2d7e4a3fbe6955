import NIOCore
import RawJSON
import Testing

@testable import Aggregation

@Suite struct RowTableTests {
  private static func rows(_ count: Int) -> [String] {
    (0..<count).map { #"{"id":\#($0),"text":"\#(String(repeating: "],{\\\"", count: $0 % 7))"}"# }
  }

  /// The rows of a range, as the body has them.
  private static func cut(_ body: String, member: String?, _ range: Range<Int>) -> (text: String, count: Int) {
    var body = body
    return body.withUTF8 { buffer in
      let bytes = UnsafeRawBufferPointer(buffer)
      let table = RowTable(of: bytes, member: member)
      return (String(decoding: bytes[table.range(of: range, in: bytes)], as: UTF8.self), table.count)
    }
  }

  @Test(arguments: [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000]) func everyRangeIsCutOutByteForByte(count: Int) {
    let rows = Self.rows(count)
    let body = "{\"count\":1, \"items\" : [ \(rows.joined(separator: " ,\n")) ],\"dashboard\":[]}"
    let edges = [0, 1, 2, 62, 63, 64, 65, 127, 128, 129, 999, 1000].filter { $0 <= count }
    for start in edges {
      for end in edges where end >= start {
        let (text, all) = Self.cut(body, member: "items", start..<end)
        #expect(all == count)
        #expect(text == rows[start..<end].joined(separator: " ,\n"), "\(start)..<\(end) of \(count)")
      }
    }
  }

  @Test func rangesBeyondTheEndAreCutShort() {
    let rows = Self.rows(70)
    #expect(Self.cut("[\(rows.joined(separator: ","))]", member: nil, 65..<500).text == rows[65...].joined(separator: ","))
    #expect(Self.cut("[\(rows.joined(separator: ","))]", member: nil, 70..<500).text == "")
  }

  @Test func ofMembersOfOneNameTheLastCounts() {
    let (text, count) = Self.cut(#"{"items":[1,2],"it\u0065ms":[3,4,5]}"#, member: "items", 1..<3)
    #expect(text == "4,5" && count == 3)
  }

  @Test func theSameListHasTheSameDigestWhateverIsAroundIt() throws {
    let first = try read("metrics", metricsBody([post(id: #""1""#), post(id: #""2""#)], count: "2")).rowTable
    let same = try read("metrics", metricsBody([post(id: #""1""#), post(id: #""2""#)], count: "9")).rowTable
    let other = try read("metrics", metricsBody([post(id: #""1""#), post(id: #""3""#)], count: "2")).rowTable
    #expect(first.digest == same.digest && first.digest != other.digest)
  }

  @Test func itIsMadeOnceForASection() throws {
    let section = try read("users", smallBodies[0])
    #expect(!section.isRowTableMade)
    #expect(section.rowTable.count == 1)
    #expect(section.isRowTableMade && section.fetched(at: section.fetchedAt).isRowTableMade)
    #expect(section.cost >= section.body.readableBytes + RowTable.cost(rows: 1))
  }

  @Test func aProfileIsOneRowAndNothingIsNone() throws {
    #expect(try read("users", #"{"id":1}"#, as: .objectAsList).rowTable.count == 1)
    #expect(empty("metrics").section?.rowTable.count == 0)
  }
}
