import TestSupport
import Testing

@testable import Caching

@Suite struct CacheKeyTests {
  private typealias Field = (name: String, value: String)

  /// What a key is made from, to be compared.
  private struct Parts: Hashable {
    var version: String
    var section: String
    var parameters: [String]
    var identity: [[String]]?

    var encoding: [UInt8] {
      KeyEncoding(
        configurationVersion: version, section: section, parameters: parameters, identity: identity?.map { ($0[0], $0[1]) }
      ).bytes
    }
  }

  @Test func noTwoTuplesAreEncodedAlike() {
    var random = SeededGenerator(seed: 1)
    // Few letters, and those that the encoding itself is made of: whatever can be glued is.
    let texts = ["", "a", "b", "ab", "ba", "aa", "\0", "\u{1}", "\0\0\0\0\0\0\0\0", "\u{1}\0\0\0\0\0\0\0a", "a\0\0\0\0\0\0\0"]
    func text() -> String { texts[random.draw(0..<texts.count)] }
    var seen: [[UInt8]: Parts] = [:]
    for _ in 0..<30_000 {
      let parts = Parts(
        version: text(), section: text(), parameters: (0..<random.draw(0..<4)).map { _ in text() },
        identity: random.draw(0..<3) == 0 ? nil : (0..<random.draw(0..<3)).map { _ in [text(), text()] })
      if let other = seen[parts.encoding] { #expect(other == parts) }
      seen[parts.encoding] = parts
    }
    #expect(seen.count > 10_000)
  }

  @Test func noEncodingIsTheBeginningOfAnother() {
    let short = KeyEncoding(configurationVersion: "1", section: "users", parameters: [], identity: nil).bytes
    let long = KeyEncoding(configurationVersion: "1", section: "users", parameters: [], identity: []).bytes
    #expect(!long.starts(with: short))
    #expect(short != long)
  }

  @Test func whatIsGluedDifferentlyIsAnotherKey() {
    let maker = CacheKeyMaker(configurationVersion: "1")
    let keys: [CacheKey] = [
      maker.key(section: "a", parameters: ["bc"]), maker.key(section: "ab", parameters: ["c"]), maker.key(section: "abc"),
      maker.key(section: "a", parameters: ["b", "c"]), maker.key(section: "a", parameters: ["bc", ""]),
      maker.key(section: "a", identity: [("b", "c")]), maker.key(section: "a", identity: [("bc", "")]),
      maker.key(section: "a", identity: [("b", ""), ("c", "")]), maker.key(section: "a", identity: []),
      maker.key(section: "a", parameters: ["b", "c"], identity: []), maker.key(section: "a"),
      CacheKeyMaker(configurationVersion: "2").key(section: "a"),
      CacheKeyMaker(configurationVersion: "1", secret: Array("secret".utf8)).key(section: "a"),
      CacheKeyMaker(configurationVersion: "1", secret: Array("other".utf8)).key(section: "a"),
    ]
    #expect(Set(keys).count == keys.count)
  }

  @Test func theSamePartsAreTheSameKeyInEveryReplica() {
    let secret = Array("deployment".utf8)
    let (one, other) = (
      CacheKeyMaker(configurationVersion: "7", secret: secret), CacheKeyMaker(configurationVersion: "7", secret: secret)
    )
    let key = one.key(section: "users", parameters: ["7"], identity: [("Authorization", "Bearer x")])
    #expect(other.key(section: "users", parameters: ["7"], identity: [("authorization", "Bearer x")]) == key)
    #expect(other.key(section: "users", parameters: ["7"], identity: [("authorization", "bearer x")]) != key)
  }

  @Test func anEmptySecretIsNone() {
    let plain = CacheKeyMaker(configurationVersion: "1").key(section: "users")
    #expect(CacheKeyMaker(configurationVersion: "1", secret: []).key(section: "users") == plain)
  }

  @Test func theRedisKeyNamesTheSectionAndNothingElse() {
    let maker = CacheKeyMaker(configurationVersion: "1")
    let key = maker.key(
      section: "users", parameters: ["4711"], identity: [("authorization", "Bearer t0ken"), ("x-email", "a@b.example")])
    let text = key.redisKey(prefix: "tributary:", section: "users")
    #expect(text.hasPrefix("tributary:users:{") && text.hasSuffix("}"))
    let digest = text.dropFirst(17).dropLast()
    #expect(digest.utf8.count == 43)
    #expect(digest.utf8.allSatisfy { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 || $0.isDigit || $0 == 45 || $0 == 95 })
    for secret in ["4711", "t0ken", "Bearer", "example", "authorization"] { #expect(!text.contains(secret)) }
  }

  /// The digest of no bytes, as `base64url` has it.
  @Test func theDigestIsWrittenInBase64URL() throws {
    let zeros = try #require(CacheKey(digest: [UInt8](repeating: 0, count: 32)))
    #expect(zeros.redisKey(prefix: "", section: "s") == "s:{" + String(repeating: "A", count: 43) + "}")
    let key = try #require(CacheKey(digest: (0..<32).map { 0xFB &- $0 }))
    #expect(key.redisKey(prefix: "p", section: "s") == "ps:{-_r5-Pf29fTz8vHw7-7t7Ovq6ejn5uXk4-Lh4N_e3dw}")
  }

  @Test(arguments: [0, 1, 31, 33, 64]) func aDigestOfAnotherLengthIsNoKey(length: Int) {
    #expect(CacheKey(digest: [UInt8](repeating: 7, count: length)) == nil)
  }

  @Test func everyByteCounts() throws {
    let bytes = (0..<32).map { UInt8($0) }
    let key = try #require(CacheKey(digest: bytes))
    for place in 0..<32 {
      var other = bytes
      other[place] ^= 0x80
      #expect(CacheKey(digest: other) != key)
    }
  }
}
