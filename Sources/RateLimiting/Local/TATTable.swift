import Glibc
import Resilience

/// The TATs of a bounded number of keys, in memory that is taken once, and by the system only as far as it is used.
///
/// An open table of buckets with eight places each. A key may lie in two of them and goes where there is more room: at four fifths of all
/// places hardly a pair of buckets is full. When one is, the key whose TAT is the earliest goes: one that owes nothing any more if there
/// is any (forgetting it changes nothing), else the one that owes least. Nothing ever grows, is moved, or swept.
struct TATTable: ~Copyable {
  private struct Slot {
    /// 0: nothing has ever been here.
    var fingerprint: UInt64
    var tat: Int64
  }

  /// Drawn once: which keys share a bucket must not be for strangers to choose.
  private let seed: UInt64
  private let buckets: UInt64
  private let slots: UnsafeMutablePointer<Slot>

  private static let ways = 8

  /// - Parameter keys: so many fit, but for a few in a thousand.
  init(keys: Int, seed: UInt64 = .random(in: 0 ... .max)) {
    let places = max(keys, 1) + max(keys, 1) / 4
    let buckets = (places - 1) / Self.ways + 1
    // Zeros: no fingerprint, and a TAT that is over.
    guard let memory = calloc(buckets * Self.ways, MemoryLayout<Slot>.stride) else {
      preconditionFailure("no memory for \(keys) keys")
    }
    slots = memory.bindMemory(to: Slot.self, capacity: buckets * Self.ways)
    self.buckets = UInt64(buckets)
    self.seed = seed
  }

  deinit { free(slots) }

  /// When a key's debt is paid; nil for one that is not known.
  func tat(of key: RateLimitKey) -> Instant? {
    let fingerprint = Self.fingerprint(key)
    return (find(fingerprint, first(key)) ?? find(fingerprint, second(key))).map { Instant(nanoseconds: slots[$0].tat) }
  }

  mutating func keep(_ tat: Instant, of key: RateLimitKey, at now: Instant) {
    let fingerprint = Self.fingerprint(key)
    let (first, second) = (first(key), second(key))
    let place = find(fingerprint, first) ?? find(fingerprint, second) ?? place(first, second, now)
    slots[place] = Slot(fingerprint: fingerprint, tat: tat.nanoseconds)
  }

  private func find(_ fingerprint: UInt64, _ bucket: Int) -> Int? {
    for place in bucket..<bucket + Self.ways where slots[place].fingerprint == fingerprint { return place }
    return nil
  }

  /// Where a new key goes.
  private func place(_ first: Int, _ second: Int, _ now: Instant) -> Int {
    let (one, other) = (look(first, now), look(second, now))
    if one.live == Self.ways, other.live == Self.ways {
      return slots[one.earliest].tat <= slots[other.earliest].tat ? one.earliest : other.earliest
    }
    return one.live <= other.live ? one.earliest : other.earliest
  }

  /// Keys that owe something, and the place of the earliest TAT.
  private func look(_ bucket: Int, _ now: Instant) -> (live: Int, earliest: Int) {
    var (live, earliest) = (0, bucket)
    for place in bucket..<bucket + Self.ways {
      if slots[place].tat > now.nanoseconds { live += 1 }
      if slots[place].tat < slots[earliest].tat { earliest = place }
    }
    return (live, earliest)
  }

  private static func fingerprint(_ key: RateLimitKey) -> UInt64 { max(key.words.0, 1) }

  private func first(_ key: RateLimitKey) -> Int { start(key.words.1 ^ seed) }
  private func second(_ key: RateLimitKey) -> Int { start((key.words.1 ^ ~seed) &* 0x9E37_79B9_7F4A_7C15) }

  /// The first place of a bucket.
  private func start(_ hash: UInt64) -> Int {
    // Both halves of a product: every bit of the hash reaches the bucket.
    let product = hash.multipliedFullWidth(by: seed | 1)
    return Int((product.high ^ product.low).multipliedFullWidth(by: buckets).high) * Self.ways
  }
}
