import Testing

@testable import Gateway

@Suite struct QueryParametersTests {
  private static func text(_ query: String, _ name: String) throws -> String? {
    try QueryParameters(query).value(name).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func namesAndValuesAreDecodedOnce() throws {
    #expect(try Self.text("a=1&b=%2C&%63=x%3Dy=z&d", "b") == ",")
    #expect(try Self.text("a=1&b=%2C&%63=x%3Dy=z&d", "c") == "x=y=z")
    #expect(try Self.text("d", "d") == "")
    #expect(try Self.text("a=%252C", "a") == "%2C")
    #expect(try Self.text("a=1", "b") == nil)
  }

  @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%+7", "a=%-1"]) func aBrokenEscapeStaysAsItIs(query: String) throws {
    #expect(try Self.text(query, "a") == String(query.dropFirst(2)))
  }

  /// Characters that consist of several scalars begin with one that means something here: to `Character` they would be another.
  @Test func itIsTakenApartByteByByte() throws {
    #expect(try Self.text("x=1&\u{301}&user_id=7", "user_id") == "7")
    #expect(try UserIDParameter.value(in: QueryParameters("x=1&\u{301}user_id=7&user_id=8")) == 8)
    #expect(try Self.text("a=\u{301}", "a") == "\u{301}")
  }

  @Test func twoThatStandForTheSameAreOne() throws {
    #expect(try Self.text("a=%31&a=1", "a") == "1")
    #expect(try QueryParameters("n=7&n=07").integer("n", in: 1...9) == 7)
    #expect(throws: Problem.self) { try QueryParameters("n=7&n=8").integer("n", in: 1...9) }
    #expect(throws: Problem.self) { try Self.text("a=1&a=2", "a") }
  }

  @Test func nothingIsNone() {
    for query in [nil, "", "&", "&&"] { #expect(QueryParameters(query).isEmpty) }
  }
}
