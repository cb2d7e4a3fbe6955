import TestSupport

@testable import Caching

extension CacheKey {
  /// A key of its own for each number, as even as a digest.
  init(number: Int) {
    var random = SeededGenerator(seed: UInt64(bitPattern: Int64(number)) &* 0xD134_2543_DE82_EF95)
    self.init(digest: random.bytes(32))!
  }
}
