import TestSupport
import Testing

@testable import Caching

@Suite struct KeyIndexTests {
  @Test func itFindsWhatADictionaryFinds() {
    var random = SeededGenerator(seed: 5)
    // Few different beginnings: the probes run into each other.
    let keys = (0..<600).map { number -> CacheKey in
      var bytes = SeededGenerator(seed: UInt64(number)).withBytes
      bytes[0...15] = ArraySlice(repeating: UInt8(number % 3), count: 16)
      return CacheKey(digest: bytes)!
    }
    var index = KeyIndex(seed: (1, 2))
    var model: [CacheKey: Int32] = [:]
    for _ in 0..<40_000 {
      let place = random.draw(0..<keys.count)
      let key = keys[place]
      if model[key] == nil, random.draw(0..<2) == 0 {
        index.insert(key, place: Int32(place)) { keys[Int($0)] }
        model[key] = Int32(place)
      } else {
        index.remove(key) { keys[Int($0)] }
        model[key] = nil
      }
      let asked = keys[random.draw(0..<keys.count)]
      #expect(index.find(asked) { keys[Int($0)] } == model[asked])
      #expect(index.count == model.count)
    }
  }
}

extension SeededGenerator {
  fileprivate var withBytes: [UInt8] {
    var copy = self
    return copy.bytes(32)
  }
}
