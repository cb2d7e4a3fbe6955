/// From a key to the number of its place, where the places hold the keys: an open-addressed table of 4 bytes a slot, with linear probing
/// and deletion by shifting back, so that there are no tombstones. At most ⅞ full.
///
/// A `Dictionary` would hold each key a second time, 107 bytes an entry on average.
struct KeyIndex {
  /// Numbers of places, −1 where there is none; a power of two of them.
  private var slots: [Int32]
  private(set) var count = 0
  private let seed: (UInt64, UInt64)

  /// - Parameter seed: secret numbers of this process: who may choose what is asked for cannot choose where it falls.
  init(seed: (UInt64, UInt64)) {
    slots = Array(repeating: -1, count: 16)
    self.seed = seed
  }

  private func home(of key: CacheKey) -> Int {
    let product = (key.words.0 ^ seed.0).multipliedFullWidth(by: key.words.1 ^ seed.1)
    return Int(truncatingIfNeeded: product.high ^ product.low) & (slots.count - 1)
  }

  /// The place of `key`, nil when it has none.
  ///
  /// - Parameter keyAt: the key that a place holds.
  func find(_ key: CacheKey, keyAt: (Int32) -> CacheKey) -> Int32? {
    var at = home(of: key)
    while slots[at] >= 0 {
      if keyAt(slots[at]) == key { return slots[at] }
      at = (at + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Notes the place of a key that has none yet.
  mutating func insert(_ key: CacheKey, place: Int32, keyAt: (Int32) -> CacheKey) {
    if (count + 1) * 8 > slots.count * 7 { rehash(to: slots.count * 2, keyAt: keyAt) }
    put(key, place: place)
    count += 1
  }

  /// Forgets a key that has a place; does nothing for another.
  mutating func remove(_ key: CacheKey, keyAt: (Int32) -> CacheKey) {
    let mask = slots.count - 1
    var hole = home(of: key)
    while slots[hole] >= 0, keyAt(slots[hole]) != key { hole = (hole + 1) & mask }
    guard slots[hole] >= 0 else { return }
    var next = (hole + 1) & mask
    while slots[next] >= 0 {
      // What is reached from its home over the hole moves into it.
      let home = home(of: keyAt(slots[next]))
      if (next - home) & mask >= (next - hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole] = -1
    count -= 1
    if slots.count > 16, count * 8 < slots.count { rehash(to: slots.count / 2, keyAt: keyAt) }
  }

  private mutating func put(_ key: CacheKey, place: Int32) {
    var at = home(of: key)
    while slots[at] >= 0 { at = (at + 1) & (slots.count - 1) }
    slots[at] = place
  }

  private mutating func rehash(to size: Int, keyAt: (Int32) -> CacheKey) {
    let old = slots
    slots = Array(repeating: -1, count: size)
    for place in old where place >= 0 { put(keyAt(place), place: place) }
  }
}
