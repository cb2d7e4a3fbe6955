import HTTPTypes
import Testing

@testable import Gateway

/// RFC 7240, `wait` and `handling`.
@Suite struct PreferencesTests {
  private static func read(_ values: [String]) -> Preferences {
    var fields = HTTPFields()
    for value in values { fields.append(HTTPField(name: .prefer, value: value)) }
    return Preferences(fields)
  }

  @Test(
    arguments: [
      (["wait=3"], 3, false), (["handling=strict"], nil, true), (["wait=3, handling=strict"], 3, true),
      (["wait=3", "handling=strict"], 3, true), (["Wait = \"3\" ; x=y , HANDLING=\"Strict\""], 3, true),
      (["handling=lenient"], nil, false), (["respond-async, wait=10"], 10, false), (["wait=0"], 0, false),
    ] as [([String], UInt32?, Bool)])
  func whatIsUnderstood(_ values: [String], _ wait: UInt32?, _ isStrict: Bool) {
    let preferences = Self.read(values)
    #expect(preferences.wait == wait)
    #expect(preferences.isStrict == isStrict)
  }

  @Test(arguments: [
    "", "wait", "wait=", "wait=-1", "wait=1.5", "wait=abc", "wait=99999999999", "handling", ",,;,=", "=3", "wait=٣",
  ])
  func whatIsNotUnderstoodIsLeftOut(value: String) {
    #expect(Self.read([value]).applied == nil)
  }

  @Test func theFirstCounts() {
    #expect(Self.read(["wait=3, wait=9", "wait=1"]).wait == 3)
    #expect(!Self.read(["handling=lenient, handling=strict"]).isStrict)
  }

  @Test func theAnswerSaysWhatWasApplied() {
    #expect(Self.read(["handling=strict, respond-async, wait=3"]).applied == "wait=3, handling=strict")
  }
}
