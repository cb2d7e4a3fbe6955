/// One shard's entries and their order of leaving: S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023).
///
/// What is new comes into the *small* queue, a tenth of the bytes. At its end, what was hit twice moves into the *main* queue, the rest leaves
/// and its key becomes a *ghost*; a ghost that comes back goes into main at once. At main's end, what was hit goes round again with one hit
/// less. So a scan flows through the small queue and pushes nothing out of the main one, and a hit moves nothing: it counts up to three.
///
/// A value: the lock, and who owns how many of the bytes, are `MemoryCache`'s.
struct MemoryShard<Value: Sendable>: Sendable {
  private var slab = EntrySlab<Value>()
  private var index: KeyIndex
  private var small = EntryQueue()
  private var main = EntryQueue()
  private var ghosts = GhostQueue()
  private(set) var hits = 0
  private(set) var misses = 0
  private(set) var evictions = 0

  init(seed: (UInt64, UInt64)) { index = KeyIndex(seed: seed) }

  var bytes: Int { small.bytes + main.bytes }
  var count: Int { small.count + main.count }

  private static var mostHits: UInt8 { 3 }
  /// Hits in the small queue that earn a place in the main one.
  private static var hitsToStay: UInt8 { 2 }
  /// As many ghosts as the main queue has entries, and a few while it fills.
  private var ghostCapacity: Int { max(main.count, 64) }

  mutating func value(for key: CacheKey) -> Value? {
    guard let place = place(of: key) else {
      misses += 1
      return nil
    }
    hits += 1
    if slab[place].frequency < Self.mostHits { slab[place].frequency += 1 }
    return slab[place].value
  }

  /// What left the shard: its bytes are to be given back, its value is to be let go after the lock.
  struct Removed: Sendable {
    let value: Value?
    let cost: Int
  }

  /// Stores the value, in the place of the one that the key had, which is given back.
  mutating func store(_ value: Value, for key: CacheKey, cost: Int, tags: [String]) -> Removed? {
    if let place = place(of: key) {
      let old = Removed(value: slab[place].value, cost: slab[place].cost)
      slab[place].value = value
      slab[place].tags = tags
      slab[place].cost = cost
      if slab[place].isMain { main.changed(by: cost - old.cost) } else { small.changed(by: cost - old.cost) }
      return old
    }
    let isMain = ghosts.remove(key.words.2, capacity: ghostCapacity)
    let place = slab.insert(EntrySlab.Entry(key: key, value: value, tags: tags, cost: cost, isMain: isMain))
    index.insert(key, place: place) { [slab] in slab[$0].key }
    if isMain { main.append(place, in: &slab) } else { small.append(place, in: &slab) }
    return nil
  }

  /// Removes the key's entry if it has one and `condition` holds for its value.
  mutating func remove(_ key: CacheKey, where condition: (Value) -> Bool) -> Removed? {
    guard let place = place(of: key), let value = slab[place].value, condition(value) else { return nil }
    return remove(place)
  }

  mutating func removeAll(where condition: ([String]) -> Bool) -> [Removed] {
    slab.occupied().filter { condition(slab[$0].tags) }.map { remove($0) }
  }

  func count(where condition: ([String]) -> Bool) -> Int { slab.occupied().count { condition(slab[$0].tags) } }

  /// Throws out the entry whose turn it is; nil when there is none.
  mutating func evict() -> Removed? {
    while bytes > 0 {
      if small.bytes > bytes / 10 || main.count == 0 {
        guard let place = small.first else { return nil }
        if slab[place].frequency >= Self.hitsToStay {
          small.remove(place, in: &slab)
          slab[place].isMain = true
          slab[place].frequency = 0
          main.append(place, in: &slab)
        } else {
          ghosts.insert(slab[place].key.words.2, capacity: ghostCapacity)
          evictions += 1
          return remove(place)
        }
      } else {
        guard let place = main.first else { return nil }
        guard slab[place].frequency > 0 else {
          evictions += 1
          return remove(place)
        }
        main.remove(place, in: &slab)
        slab[place].frequency -= 1
        main.append(place, in: &slab)
      }
    }
    return nil
  }

  private func place(of key: CacheKey) -> Int32? { index.find(key) { slab[$0].key } }

  private mutating func remove(_ place: Int32) -> Removed {
    if slab[place].isMain { main.remove(place, in: &slab) } else { small.remove(place, in: &slab) }
    index.remove(slab[place].key) { [slab] in slab[$0].key }
    let entry = slab.remove(place)
    return Removed(value: entry.value, cost: entry.cost)
  }
}
