import Aggregation
import NIOCore

/// The composites that a loop has lately answered with, so that an answer from unchanged sections costs one look.
///
/// Bounded in bytes and in entries; whatever was not found for the longest time goes first. Belongs to one loop. A look that finds
/// something allocates nothing.
final class CompositeMemo<Key: Hashable> {
  /// What an entry counts besides its bodies, in bytes: its place, key, tags and the heads of its buffers.
  static var entryBytes: Int { 640 }

  let maxBytes: Int
  let maxEntries: Int
  /// Bytes of all entries; never more than ``maxBytes`` after a call.
  private(set) var bytes = 0
  var count: Int { index.count }

  private struct Place {
    let key: Key
    let composite: Composite
    /// What it counts in ``CompositeMemo/bytes``.
    var bytes: Int
    /// Neighbours by use, nil at the ends.
    var newer: Int?
    var older: Int?
  }

  private var index: [Key: Int] = [:]
  private var places: [Place?] = []
  private var free: [Int] = []
  private var newest: Int?
  private var oldest: Int?

  init(maxBytes: Int = 16 << 20, maxEntries: Int = 4096) {
    self.maxBytes = maxBytes
    self.maxEntries = maxEntries
  }

  /// The composite of `key`, which is the last to go now.
  func find(_ key: Key) -> Composite? {
    guard let place = index[key] else { return nil }
    if place != newest {
      unlink(place)
      link(place)
    }
    return places[place]?.composite
  }

  /// Keeps a composite, which lies in no memo yet, in place of what `key` had. One that is greater than the bound is not kept.
  func keep(_ composite: Composite, for key: Key) {
    if let old = index[key] { remove(old) }
    let cost = composite.bytes + Self.entryBytes
    guard cost <= maxBytes, maxEntries > 0 else { return }
    let entry = Place(key: key, composite: composite, bytes: cost)
    let place: Int
    if let reused = free.popLast() {
      place = reused
      places[place] = entry
    } else {
      place = places.count
      places.append(entry)
    }
    index[key] = place
    composite.place = place
    bytes += cost
    link(place)
    trim()
  }

  /// The composite of `key`, put together and kept where there is none yet.
  func composite(_ key: Key, _ render: () -> DocumentBody) -> Composite {
    if let known = find(key) { return known }
    let made = Composite(render())
    keep(made, for: key)
    return made
  }

  /// The composite in the coding that a client prefers. Made when it is asked for the first time, and counted, if the composite is here.
  func representation(of composite: Composite, in coding: ContentCoding) -> Representation {
    let representation = composite.representation(coding)
    guard let place = composite.place, let counted = places[place]?.bytes else { return representation }
    let cost = composite.bytes + Self.entryBytes
    if cost > counted {
      bytes += cost - counted
      places[place]?.bytes = cost
      // It alone is too much: the others need not go for it.
      if cost > maxBytes { remove(place) }
      trim()
    }
    return representation
  }
}

// MARK: Places and their order

extension CompositeMemo {
  private func trim() {
    while bytes > maxBytes || count > maxEntries, let oldest { remove(oldest) }
  }

  private func remove(_ place: Int) {
    unlink(place)
    guard let entry = places[place] else { return }
    places[place] = nil
    free.append(place)
    index[entry.key] = nil
    entry.composite.place = nil
    bytes -= entry.bytes
  }

  /// Makes it the newest.
  private func link(_ place: Int) {
    places[place]?.older = newest
    if let newest { places[newest]?.newer = place } else { oldest = place }
    newest = place
  }

  private func unlink(_ place: Int) {
    guard let (newer, older) = places[place].map({ ($0.newer, $0.older) }) else { return }
    if let newer { places[newer]?.older = older } else { newest = older }
    if let older { places[older]?.newer = newer } else { oldest = newer }
    places[place]?.newer = nil
    places[place]?.older = nil
  }
}
