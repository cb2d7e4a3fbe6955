/// Places for entries, in chunks of 64, so that growing never copies what is there nor doubles the memory.
struct EntrySlab<Value: Sendable>: Sendable {
  struct Entry: Sendable {
    var key: CacheKey
    /// Nil in a free place.
    var value: Value?
    var tags: [String]
    /// With the overhead, in bytes.
    var cost: Int
    /// The neighbour that came in before, or the next free place; −1 for none.
    var older: Int32 = -1
    /// The neighbour that came in after; −1 for none.
    var newer: Int32 = -1
    var isMain: Bool
    /// Hits since it came into its queue, up to 3.
    var frequency: UInt8 = 0
  }

  private static var chunkSize: Int { 64 }
  private var chunks: [[Entry]] = []
  private var firstFree: Int32 = -1

  subscript(place: Int32) -> Entry {
    _read { yield chunks[Int(place) >> 6][Int(place) & 63] }
    _modify { yield &chunks[Int(place) >> 6][Int(place) & 63] }
  }

  mutating func insert(_ entry: Entry) -> Int32 {
    if firstFree >= 0 {
      let place = firstFree
      firstFree = self[place].older
      self[place] = entry
      return place
    }
    if chunks.last.map({ $0.count == Self.chunkSize }) ?? true {
      var chunk: [Entry] = []
      chunk.reserveCapacity(Self.chunkSize)
      chunks.append(chunk)
    }
    chunks[chunks.count - 1].append(entry)
    return Int32((chunks.count - 1) << 6 + chunks[chunks.count - 1].count - 1)
  }

  /// Frees the place and gives back what was there.
  mutating func remove(_ place: Int32) -> Entry {
    let entry = self[place]
    self[place].value = nil
    self[place].tags = []
    self[place].older = firstFree
    firstFree = place
    return entry
  }

  /// The places that hold an entry.
  func occupied() -> [Int32] {
    chunks.indices.flatMap { chunk in
      chunks[chunk].indices.lazy.filter { chunks[chunk][$0].value != nil }.map { Int32(chunk << 6 + $0) }
    }
  }
}

/// A first-in first-out queue of places in a slab, linked through them, from which any can be taken.
struct EntryQueue {
  private var oldest: Int32 = -1
  private var newest: Int32 = -1
  private(set) var bytes = 0
  private(set) var count = 0

  var first: Int32? { oldest < 0 ? nil : oldest }

  mutating func append<Value>(_ place: Int32, in slab: inout EntrySlab<Value>) {
    slab[place].older = newest
    slab[place].newer = -1
    if newest >= 0 { slab[newest].newer = place } else { oldest = place }
    newest = place
    bytes += slab[place].cost
    count += 1
  }

  mutating func remove<Value>(_ place: Int32, in slab: inout EntrySlab<Value>) {
    let (older, newer) = (slab[place].older, slab[place].newer)
    if older >= 0 { slab[older].newer = newer } else { oldest = newer }
    if newer >= 0 { slab[newer].older = older } else { newest = older }
    bytes -= slab[place].cost
    count -= 1
  }

  /// An entry of this queue costs so much more, or less.
  mutating func changed(by bytes: Int) { self.bytes += bytes }
}
