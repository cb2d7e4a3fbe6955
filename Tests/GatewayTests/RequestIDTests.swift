import Testing

@testable import Gateway

@Suite struct RequestIDTests {
  @Test(arguments: ["a", "0af7651916cd43dd8448eb211c80319c", String(repeating: "~", count: 128)])
  func anIDFitForALogLineIsKept(incoming: String) {
    #expect(RequestID.accept(incoming) == incoming)
  }

  @Test(arguments: [nil, "", "a b", "é", "a\u{7F}", String(repeating: "a", count: 129)])
  func anyOtherIsReplaced(incoming: String?) {
    let id = RequestID.accept(incoming)
    #expect(id != incoming)
    #expect(id.utf8.count == 32)
    #expect(id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
  }

  @Test func newIDsDiffer() {
    #expect(Set((0..<1000).map { _ in RequestID.accept(nil) }).count == 1000)
  }
}
