import RawJSON
import Testing

@Suite struct PlanTests {
  private func strings(_ text: String, _ plan: ScanPlan) throws -> [[String?]] {
    let bytes = Array(text.utf8)
    let index = try scan(bytes, plan)
    return bytes.withUnsafeBytes { bytes in
      (0..<index.rowCount).map { row in
        (0..<index.columnCount).map {
          index.cell(row: row, column: $0).raw(in: bytes).map {
            String(
              decoding: $0,
              as: UTF8.self)
          }
        }
      }
    }
  }

  @Test func theRootIsDescribedWithoutAPlan() throws {
    let list = try scan("[1,{},[{}]]").root
    #expect(list.cell.kind == .array && list.count == 3 && !list.isArrayOfObjects)
    let objects = try scan(" [{},{\"a\":[1]}] ").root
    #expect(objects.count == 2 && objects.isArrayOfObjects && objects.cell.range == 1..<15)
    let empty = try scan("[ ]").root
    #expect(empty.count == 0 && empty.isArrayOfObjects)
    let object = try scan("{\"a\":1,\"a\":2}").root
    #expect(object.cell.kind == .object && object.count == 2 && !object.isArrayOfObjects)
    #expect(try scan("null").root.cell.kind == .null)
  }

  @Test func membersAreInTheOrderOfThePlan() throws {
    let plan = ScanPlan(members: ["c", "list", "a", "none"])
    let index = try scan("{\"a\":true,\"list\":[{},{}],\"x\":{\"c\":1},\"c\":\"t\"}", plan)
    #expect(index.members.map(\.cell.kind) == [.string, .array, .bool, .absent])
    #expect(index.member(1).count == 2 && index.member(1).isArrayOfObjects)
    #expect(index.member(4).cell.isAbsent && index.member(-1).cell.isAbsent)
    #expect(plan.position(ofMember: "a") == 2)
    #expect(try scan("[1]", plan).members.allSatisfy { $0.cell.isAbsent })
  }

  @Test func theMemberOfTheRowsNeedNotBeNamed() throws {
    let plan = ScanPlan(members: ["count"], rows: .elements(ofMember: "items"), columns: ["v"])
    #expect(plan.members == ["count", "items"])
    #expect(try strings("{\"items\":[{\"v\":1},7,{\"w\":2,\"v\":[3, 4]}],\"count\":3}", plan) == [["1"], [nil], ["[3, 4]"]])
    #expect(try scan("{\"items\":[{\"v\":1},7,null]}", plan).rowsNotObjects == 2)
    #expect(try strings("{\"items\":{\"v\":1}}", plan) == [])
    #expect(try strings("[{\"v\":1}]", plan) == [])
  }

  @Test func rootElementsAndTheRootItselfCanBeRows() throws {
    #expect(try strings("[{\"v\":1},{\"v\":\"x\"}]", ScanPlan(rows: .rootElements, columns: ["v"])) == [["1"], ["\"x\""]])
    #expect(try strings("{\"v\":1,\"w\":{}}", ScanPlan(rows: .rootObject, columns: ["w", "v"])) == [["{}", "1"]])
    #expect(try strings("{}", ScanPlan(rows: .rootObject, columns: ["v"])) == [[nil]])
    #expect(try strings("[]", ScanPlan(rows: .rootObject, columns: ["v"])) == [])
    #expect(try strings("{\"v\":1}", ScanPlan(rows: .rootElements, columns: ["v"])) == [])
    #expect(try strings("[{},{}]", ScanPlan(rows: .rootElements)) == [[], []])
  }

  @Test func ofDuplicateNamesTheLastWins() throws {
    let rows = ScanPlan(members: ["a"], rows: .elements(ofMember: "items"), columns: ["v", "v"])
    #expect(try strings("{\"items\":[{\"v\":1},{\"v\":2}],\"items\":[{\"v\":3,\"v\":4}]}", rows) == [["4", "4"]])
    #expect(try scan("{\"items\":[{},{}],\"items\":null}", rows).rowCount == 0)
    #expect(try scan("{\"a\":[1],\"\\u0061\":2}", rows).member(0).cell.kind == .number)
  }

  @Test func keysAreComparedUnescaped() throws {
    let plan = ScanPlan(rows: .rootElements, columns: ["views", "a\"b", "é😀", "", "x\ny", "view"])
    let text =
      #"[{"vi\u0065ws":1,"a\"b":2,"\u00e9\uD83D\uDE00":3,"":4,"x\ny":5,"view":6},"#
      + #"{"views ":1,"Views":1,"é😀":7,"vi\\u0065ws":1}]"#
    #expect(try strings(text, plan) == [["1", "2", "3", "4", "5", "6"], [nil, nil, "7", nil, nil, nil]])
    let long = String(repeating: "k", count: 255)
    let many = ScanPlan(rows: .rootObject, columns: (0..<31).map { "column\($0)" } + [long])
    let columns = (0..<31).map { "\"column\($0)\":\($0)" }.joined(separator: ",")
    let object = "{\(columns),\"\(long)\":31,\"\(long)k\":32,\"\\u006b\(long)\":33}"
    #expect(try strings(object, many) == [(0..<32).map(String.init)])
  }

  @Test func cellsGiveTheBytesAsTheyStand() throws {
    let bytes = Array(#"{"a":"x\ty","b": -1.50e+2 ,"c":[1, 2]}"#.utf8)
    let index = try scan(bytes, ScanPlan(members: ["a", "b", "c"]))
    let pieces = index.members.map { String(decoding: bytes[$0.cell.range], as: UTF8.self) }
    #expect(pieces == [#""x\ty""#, "-1.50e+2", "[1, 2]"])
    #expect(index.member(0).cell.stringRange.map { bytes[$0].elementsEqual(#"x\ty"#.utf8) } == true)
    #expect(index.member(1).cell.stringRange == nil)
  }
}
