import Testing

@testable import Caching

@Suite struct KeyRingTests {
  private static let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

  @Test(arguments: [
    "new:\(secret),old:\(secret)", "new:\(secret)\nold:\(secret)\n", "\r\n new : \(secret) ,\n\n old:\(secret) ,",
  ])
  func theNewestIsTheFirst(text: String) throws {
    let ring = try KeyRing(text)
    #expect(ring.newest.id == "new")
    #expect(ring.key(id: "old".utf8)?.id == "old")
    #expect(ring.key(id: "".utf8) == nil)
    #expect(ring.key(id: "ne".utf8) == nil)
  }

  @Test(arguments: [
    ("", KeyRing.Problem.empty), (" \n,", .empty), ("a", .malformed(entry: 1)), (":\(secret)", .malformed(entry: 1)),
    ("a:", .wrongLength(entry: 1)), ("a:!!!", .malformed(entry: 1)), ("a b:\(secret)", .malformed(entry: 1)),
    ("a:\(secret),b:AAAA", .wrongLength(entry: 2)), ("a:\(secret),a:\(secret)", .repeatedID(entry: 2)),
    ("é:\(secret)", .malformed(entry: 1)), (String(repeating: "a", count: 33) + ":\(secret)", .malformed(entry: 1)),
  ])
  func whatIsWrongIsSaidWithoutTheKey(text: String, problem: KeyRing.Problem) {
    #expect(throws: problem) { try KeyRing(text) }
    #expect(!"\(problem)".contains(Self.secret))
  }
}
