import Synchronization

/// Numbers of which none comes twice: each event loop counts on a ``Stripe`` of its own, on a cache line of its own, with a plain load and a
/// plain store. A number is the stripe, in the upper 16 bits, and how many of it there have been.
///
/// `nonisolated(unsafe)`: the pointer is set once; what it points to lives as long as the object and is atomic throughout. A stripe other
/// than the shared one is written by one thread alone (see ``StripedCells``).
package final class StripedNumbers: Sendable {
  /// Threads with a higher one share the one that those without any share.
  private static let stripes = 64
  /// From one counter to the next: a cache line, and the one that is fetched with it.
  private static let stride = 128 / MemoryLayout<Atomic<UInt64>>.stride

  nonisolated(unsafe) private let counters: UnsafeMutablePointer<Atomic<UInt64>>

  package init() {
    let count = Self.stripes * Self.stride
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128)
    counters = bytes.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    for index in 0..<count { (counters + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counters.deinitialize(count: Self.stripes * Self.stride)
    UnsafeMutableRawPointer(counters).deallocate()
  }

  package func next() -> UInt64 {
    let stripe = Stripe.current
    guard stripe != Stripe.shared, stripe < Self.stripes else {
      return counters[0].wrappingAdd(1, ordering: .relaxed).newValue
    }
    let index = stripe * Self.stride
    let number = counters[index].load(ordering: .relaxed) &+ 1
    counters[index].store(number, ordering: .relaxed)
    return UInt64(stripe) << 48 | number
  }
}
