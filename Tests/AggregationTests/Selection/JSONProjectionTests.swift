import NIOCore
import RawJSON
import TestSupport
import Testing

@testable import Aggregation

@Suite struct JSONProjectionTests {
  private static func project(_ body: String, _ paths: String...) -> String {
    let selection = paths.reduce(FieldSelection.none) { selection, path in
      selection.adding(path.split(separator: ".").map { Array($0.utf8) }[...])
    }
    return text(body, selection)
  }

  private static func text(_ body: String, _ selection: FieldSelection) -> String {
    var out = ByteBuffer()
    var body = body
    body.withUTF8 { JSONProjection.write(selection, of: UnsafeRawBufferPointer($0), to: &out) }
    return String(buffer: out)
  }

  @Test func bytesStayAsTheyAre() {
    let body = #"{"id": 7300000000000000001, "a":-0.0,"b":1E+2 , "n":"\u0061\"\\", "z":null}"#
    #expect(Self.project(body, "id", "a", "b", "n") == #"{"id": 7300000000000000001,"a":-0.0,"b":1E+2,"n":"\u0061\"\\"}"#)
    #expect(Self.project(body, "z", "nosuch") == #"{"z":null}"#)
    #expect(Self.text(body, .whole) == body)
  }

  @Test func pathsGoThroughListsAndStopAtWhatIsNone() {
    let body = #"[{"a":{"b":1,"c":2},"d":3},{"d":4},{"a":null},{"a":[{"b":5,"c":6},7,"x",[{"b":8}]]},9,null]"#
    #expect(Self.project(body, "a.b") == #"[{"a":{"b":1}},{},{"a":null},{"a":[{"b":5},7,"x",[{"b":8}]]},9,null]"#)
  }

  @Test func namesAreComparedAsTheyAreMeant() {
    #expect(Self.project(#"{"vi\u0065ws":1,"likes":2}"#, "views") == #"{"vi\u0065ws":1}"#)
    #expect(Self.project(#"{"__proto__":{"a":1},"b":2}"#, "__proto__") == #"{"__proto__":{"a":1}}"#)
    // Å in two ways.
    #expect(Self.project("{\"\u{C5}\":1,\"\u{212B}\":2}", "\u{C5}") == "{\"\u{C5}\":1}")
    #expect(Self.project(#"{"a":1,"a":2}"#, "a") == #"{"a":1,"a":2}"#)
  }

  @Test func bracketsAndQuotesInTextsAreText() {
    let body = #"{"a":"}]\"{[","b":["]",{"c":"\\"}],"d":"\\\"" , "e":[]}"#
    #expect(Self.project(body, "d", "e") == #"{"d":"\\\"" , "e":[]}"#.replacing(" , ", with: ","))
    #expect(Self.project(body, "b.c") == #"{"b":["]",{"c":"\\"}]}"#)
  }

  @Test func theDeepestBodyThatIsTakenIsGoneThrough() {
    let body = String(repeating: "[", count: 127) + #"{"a":1,"b":2}"# + String(repeating: "]", count: 127)
    #expect(Self.project(body, "a") == String(repeating: "[", count: 127) + #"{"a":1}"# + String(repeating: "]", count: 127))
  }

  /// Whatever the bytes are, it comes to an end within them.
  @Test func brokenBodiesDoNoHarm() {
    let body = #"{"items":[{"a":"x\"y","b":[1,{"c":null}]},{"a":1.5e3}],"count":2}"#
    var random = SeededGenerator(seed: 9)
    for round in 0..<20_000 {
      var bytes = Array(body.utf8.prefix(Int.random(in: 0...body.utf8.count, using: &random)))
      for _ in 0..<(round % 4) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...127, using: &random)
      }
      var out = ByteBuffer()
      bytes.withUnsafeBytes { JSONProjection.write(FieldSelection.none.adding("items", "a"), of: $0, to: &out) }
      #expect(out.readableBytes <= 3 * body.utf8.count + 16)
      let table = bytes.withUnsafeBytes { RowTable(of: $0, member: "items") }
      #expect(table.count <= bytes.count)
    }
  }

  /// Against a parser that shares nothing with this code: each document with a member left out of every object.
  @Test func whatIsLeftIsWhatATreeWouldHave() throws {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let body = Self.randomValue(depth: 4, &random)
      let selection = FieldSelection.none.adding("a").adding("b", "a").adding("b", "c")
      #expect(try JSONTree(Self.text(body, selection)) == Self.selected(try JSONTree(body), selection), "\(body)")
    }
  }

  private static func selected(_ tree: JSONTree, _ selection: FieldSelection) -> JSONTree {
    guard case .members = selection else { return tree }
    switch tree {
    case .array(let elements): return .array(elements.map { selected($0, selection) })
    case .object(let members):
      return .object(
        members.compactMap { member in
          selection.member(member.name).map { JSONTree.Member(name: member.name, value: selected(member.value, $0)) }
        })
    default: return tree
    }
  }

  private static func randomValue(depth: Int, _ random: inout SeededGenerator) -> String {
    let space = ["", " ", "\n\t"].randomElement(using: &random) ?? ""
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
    case 0: return "null" + space
    case 1: return ["-0.0", "17", "1e-9", "123456789012345678901234567890"].randomElement(using: &random) ?? "0"
    case 2: return #""x\\\"{[,:]}""# + space
    case 3: return "true"
    case 4: return "{}"
    case 5:
      let members = ["a", "b", "c", #"\u0062"#].shuffled(using: &random).prefix(3)
        .map { "\(space)\"\($0)\":\(randomValue(depth: depth - 1, &random))" }
      return "{" + members.joined(separator: ",") + space + "}"
    default:
      let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in space + randomValue(depth: depth - 1, &random) }
      return "[" + elements.joined(separator: ",") + "]"
    }
  }
}
