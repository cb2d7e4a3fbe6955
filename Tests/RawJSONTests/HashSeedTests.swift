import RawJSON
import Testing

@Suite struct HashSeedTests {
  private let seed = HashSeed(state: 0x0123_4567_89AB_CDEF, factor: 0xFEDC_BA98_7654_3210)

  private func hash(_ json: String, _ seed: HashSeed) throws -> UInt64? {
    let bytes = Array(json.utf8)
    let index = try scan(bytes)
    return bytes.withUnsafeBytes { index.root.cell.text(in: $0)?.hash(seed) }
  }

  @Test func equalTextsHaveEqualHashes() throws {
    #expect(try hash(#""creator""#, seed) == hash(#"    "creator""#, seed))
    #expect(try hash(#""creator.001""#, seed) == hash(#""\u0063reator\u002e001""#, seed))
    #expect(try hash(#""\ud83d\ude00""#, seed) == hash("\"😀\"", seed))
  }

  @Test func manyTextsHaveAsManyHashes() throws {
    var hashes: Set<UInt64?> = []
    for number in 0..<20_000 { hashes.insert(try hash("\"creator.\(number)\"", seed)) }
    for size in 0..<100 { hashes.insert(try hash("\"\(String(repeating: "a", count: size))\"", seed)) }
    #expect(hashes.count == 20_100)
    #expect(Set((0..<20_000).map { seed.hash(Int64($0)) }).count == 20_000)
  }

  @Test func everyByteOfATextCounts() throws {
    for size in 1...40 {
      let text = Array(repeating: "a", count: size)
      let hashes = try (0..<size).map { place in
        var changed = text
        changed[place] = "b"
        return try hash("\"\(changed.joined())\"", seed)
      }
      #expect(Set(hashes + [try hash("\"\(text.joined())\"", seed)]).count == size + 1)
    }
  }

  @Test func anotherSeedGivesOtherHashes() throws {
    let other = HashSeed(state: 1, factor: 0xFEDC_BA98_7654_3211)
    #expect(try hash(#""creator""#, seed) != hash(#""creator""#, other))
    #expect(seed.hash(7 as Int64) != other.hash(7 as Int64))
  }

  /// The low bits choose a slot: consecutive ids must not crowd.
  @Test func theLowBitsAreSpread() {
    let used = Set((0..<1024).map { HashSeed.ofProcess.hash(Int64($0)) & 1023 })
    #expect(used.count > 256)
  }
}
