/// Finds what was seen before among things that are numbered as they are first seen: 0, 1, 2 … It keeps their hashes only; the things
/// stay with the caller, who compares them. Open addressing with linear probing, at most half full: looking one up costs about 40
/// instructions where a `Dictionary` takes 400, most of them for its hasher.
struct PlaceTable {
  /// A thing's place and 1; 0 where there is none. As many as a power of two.
  private var slots: ContiguousArray<UInt32>
  /// By place.
  private var hashes: ContiguousArray<UInt64> = []

  /// - Parameter things: how many may come; a guess.
  init(things: Int) {
    var size = 16
    while size < 2 * min(things, 512) { size *= 2 }
    slots = ContiguousArray(repeating: 0, count: size)
    hashes.reserveCapacity(min(things, 64))
  }

  /// Things that were seen.
  var count: Int { hashes.count }

  /// The place of a thing: one below `count` as it was before the call, or, if the thing was not seen yet, just that.
  ///
  /// - Parameter isSame: whether the thing is the one at a place. Asked only where the hashes are equal.
  @inline(__always)
  mutating func place(hash: UInt64, isSame: (Int) -> Bool) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) &- 1
      if hashes[place] == hash, isSame(place) { return place }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    hashes.append(hash)
    slots[slot] = UInt32(truncatingIfNeeded: hashes.count)
    if hashes.count &* 2 > slots.count { grow() }
    return hashes.count &- 1
  }

  @inline(never)
  private mutating func grow() {
    slots = ContiguousArray(repeating: 0, count: slots.count * 2)
    for (place, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
      while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
      slots[slot] = UInt32(truncatingIfNeeded: place &+ 1)
    }
  }
}
