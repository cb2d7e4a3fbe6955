import Aggregation
import Identity
import Settings
import TestSupport
import Testing

@testable import Gateway

@Suite struct PageCursorTests {
  private static let key = CursorKey(Secret("a secret of sixteen"))
  private static let scope = CursorScope(["user", "7"])
  private static let positions = [ListPosition(digest: 0xFEDC_BA98_7654_3210, offset: 50), ListPosition(digest: 1, offset: .max)]

  private static func read(
    _ text: String, lists: Int = 2, scope: CursorScope = scope, key: CursorKey = key
  ) -> [ListPosition]? {
    PageCursor(Array(text.utf8), lists: lists, scope: scope, key: key)?.positions
  }

  @Test func whatWasWrittenIsRead() {
    let text = PageCursor(Self.positions).text(scope: Self.scope, key: Self.key)
    #expect(Self.read(text) == Self.positions)
    #expect(text == PageCursor(Self.positions).text(scope: Self.scope, key: CursorKey(Secret("a secret of sixteen"))))
    #expect(text.utf8.count == 55)
  }

  @Test func forAnotherScopeKeyOrNumberOfListsItIsNone() {
    let text = PageCursor(Self.positions).text(scope: Self.scope, key: Self.key)
    #expect(Self.read(text, lists: 1) == nil && Self.read(text, lists: 3) == nil && Self.read(text, lists: 0) == nil)
    #expect(Self.read(text, key: CursorKey(Secret("another secret, long"))) == nil && Self.read(text, key: CursorKey(nil)) == nil)
    for other in [["user", "8"], ["user7"], ["user", "", "7"], ["us", "er7"], [], ["user", "7", ""]] {
      #expect(Self.read(text, scope: CursorScope(other)) == nil, "\(other)")
    }
    #expect(Self.read(text, scope: CursorScope(["user"]).adding(["7"])) == Self.positions)
  }

  @Test func aChangedBitIsNoticedWhereverItIs() throws {
    let text = PageCursor(Self.positions).text(scope: Self.scope, key: Self.key)
    let bytes = try #require(Base64URL.decode(Array(text.utf8)))
    for place in bytes.indices {
      for bit in 0..<8 {
        var forged = bytes
        forged[place] ^= 1 << UInt8(bit)
        #expect(Self.read(Base64URL.encode(forged)) == nil)
      }
    }
    for length in 0..<bytes.count { #expect(Self.read(Base64URL.encode(bytes.prefix(length))) == nil) }
  }

  @Test func whatAnybodyMaySendIsNone() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<10_000 {
      let text = (0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(PageCursor(text, lists: 1, scope: Self.scope, key: Self.key) == nil)
    }
    #expect(Self.read(String(repeating: "A", count: 100_000)) == nil)
  }

  @Test func aProcessHasOneKeyOfItsOwn() {
    let text = PageCursor(Self.positions).text(scope: Self.scope, key: CursorKey(nil))
    #expect(Self.read(text, key: CursorKey(nil)) == Self.positions)
  }
}
