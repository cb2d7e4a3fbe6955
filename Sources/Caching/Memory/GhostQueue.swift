/// Which keys were thrown out of the small queue not long ago, without the keys: S3-FIFO's ghost queue as a table of fingerprints.
///
/// A key has a bucket of four slots, 8 bytes each: fingerprint and the number of the insertion. A ghost is forgotten after `capacity` further
/// insertions, or when its bucket fills up before. A wrong answer (once in 2³⁰ questions) costs a little of the hit rate and nothing else.
struct GhostQueue {
  private struct Slot {
    var fingerprint: UInt32 = 0
    /// Zero for none.
    var insertion: UInt32 = 0
  }

  private static let ways = 4
  private var slots: [Slot]
  private var insertions: UInt32 = 0

  init() { slots = Array(repeating: Slot(), count: 16 * Self.ways) }

  private func bucket(of hash: UInt64) -> Range<Int> {
    let first = Int(truncatingIfNeeded: hash) & (slots.count / Self.ways - 1) * Self.ways
    return first..<first + Self.ways
  }

  private static func fingerprint(of hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

  /// Notes a key by an even hash of it.
  ///
  /// - Parameter capacity: how many ghosts are to be remembered from now on.
  mutating func insert(_ hash: UInt64, capacity: Int) {
    // Twice the room, so that few buckets overflow. Growing forgets all, which happens a few times in a process's life.
    if slots.count < capacity * 2, slots.count < 1 << 24 { slots = Array(repeating: Slot(), count: slots.count * 2) }
    insertions &+= 1
    if insertions == 0 {
      slots = Array(repeating: Slot(), count: slots.count)
      insertions = 1
    }
    let bucket = bucket(of: hash)
    guard let oldest = bucket.min(by: { slots[$0].insertion < slots[$1].insertion }) else { return }
    slots[oldest] = Slot(fingerprint: Self.fingerprint(of: hash), insertion: insertions)
  }

  /// Whether the key is a ghost; if so it is one no longer.
  mutating func remove(_ hash: UInt64, capacity: Int) -> Bool {
    for at in bucket(of: hash) where slots[at].insertion != 0 && slots[at].fingerprint == Self.fingerprint(of: hash) {
      let isRecent = Int(insertions - slots[at].insertion) < capacity
      slots[at] = Slot()
      return isRecent
    }
    return false
  }
}
