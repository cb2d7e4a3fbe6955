import HTTPTypes
import TestSupport
import Testing

@testable import Gateway

/// RFC 9110 §13.1.2.
@Suite struct IfNoneMatchTests {
  private static func matches(_ values: [String], _ tag: String = "\"a\"") throws -> Bool {
    var fields = HTTPFields()
    for value in values { fields.append(HTTPField(name: .ifNoneMatch, value: value)) }
    let field = try #require(IfNoneMatch(fields))
    return field.matches(try #require(EntityTag(tag)))
  }

  @Test func withoutTheFieldThereIsNothingToMatch() {
    #expect(IfNoneMatch([.ifMatch: "\"a\""]) == nil)
  }

  @Test(
    arguments: [
      ["\"a\""], ["W/\"a\""], ["*"], [" * "], ["*,"], ["\"b\", \"a\""], ["\"b\",\"a\""], ["\"b\" ,\t\"a\" , "],
      ["\"b\"", "\"a\""],
      ["\"b\"", "\"c\", W/\"a\""], [",,, \"a\""], ["\"x,y\", \"a\""], ["a, \"a\""], ["w/\"b\", \"a\""], ["\"b\"c, \"a\""],
      ["*x, \"a\""], ["*, \"a\""], ["W/, \"a\""], ["=?;, \"a\""], ["\"b\";q=1, \"a\""],
    ] as [[String]])
  func whatMatches(values: [String]) throws {
    #expect(try Self.matches(values))
  }

  @Test(
    arguments: [
      [""], ["\"b\""], ["a"], ["'a'"], ["\"A\""], ["\"a"], ["a\""], ["\"a\"b"], ["\"a\" \"b\""], ["w/\"a\""], ["W\"a\""],
      ["\"a \""],
      ["\"b,a\""], ["\"aa\""], ["\"\""], ["*, \"b\""], ["*", "*"], ["\"b\", *"], ["**"], ["\"a\";q=1"], ["\"a-br\""],
      // Where the first of these ends cannot be told.
      ["\"unfinished, \"a\""], ["\"b,\"a\""],
    ] as [[String]])
  func whatDoesNot(values: [String]) throws {
    #expect(try !Self.matches(values))
  }

  @Test func ofOurOwnTagTheWeakFormMatchesToo() throws {
    #expect(try Self.matches(["\"a\""], "W/\"a\""))
  }

  @Test func theHundredthMemberIsTheLastThatIsLookedAt() throws {
    let others = Array(repeating: "\"b\"", count: 99)
    #expect(try Self.matches([(others + ["\"a\""]).joined(separator: ", ")]))
    #expect(try !Self.matches([(others + ["\"c\"", "\"a\""]).joined(separator: ", ")]))
    #expect(try !Self.matches([(others + ["garbage", "\"a\""]).joined(separator: ", ")]))
  }

  /// What is whole tags by construction is found just if it is among them, whatever stands between.
  @Test func amongGarbageTheTagIsFoundJustIfItIsThere() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<3000 {
      let members = (0..<random.draw(1..<8)).map { _ in
        random.pick(["\"a\"", "\"b\"", "W/\"c\"", "\"x,\"", "W", "w/\"a\"", "a", "\"", "\"a\"a", "\"a \"", "", "*", "W/\"", "é"])
      }
      // A quote that is never closed makes a tag of a comma and what follows up to the next quote, as the grammar has it.
      guard !members.contains(where: { $0.filter { $0 == "\"" }.count == 1 }), members != ["*"] else { continue }
      let isAlone = members.filter { !$0.isEmpty } == ["*"]
      #expect(try Self.matches([members.joined(separator: ",")]) == (isAlone || members.contains("\"a\"")), "\(members)")
    }
  }
}
