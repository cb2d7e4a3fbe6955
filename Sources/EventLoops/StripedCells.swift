import Synchronization

/// Numbers that many threads add to and few read: each event loop adds to a stripe of its own, on cache lines of its own, with a plain load
/// and a plain store; whoever reads sums the stripes up. An addition costs some 3 ns, and loops never wait for each other's cache lines.
///
/// Threads without a ``Stripe`` of their own share one, with atomic additions. A cell holds an integer or a double, always the same.
///
/// `nonisolated(unsafe)`: the pointer is set once; what it points to lives as long as the object and is atomic throughout. A stripe other
/// than the shared one is written by one thread alone, since no number is given out twice: between its load and its store nobody else
/// can have written.
package final class StripedCells: Sendable {
  private let stripes: Int
  /// Cells from one stripe to the next: whole cache lines.
  private let stride: Int
  nonisolated(unsafe) private let cells: UnsafeMutablePointer<Atomic<Int>>

  private static let line = 64 / MemoryLayout<Atomic<Int>>.stride

  /// - Parameters:
  ///   - count: cells, all zero.
  ///   - stripes: see ``Stripe/assign(to:)``; a thread whose number is higher uses the shared one.
  package init(_ count: Int, stripes: Int) {
    precondition(count > 0 && stripes > 0, "no cells")
    self.stripes = stripes
    stride = (count + Self.line - 1) / Self.line * Self.line
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: stride * stripes * MemoryLayout<Atomic<Int>>.stride, alignment: 64)
    cells = bytes.bindMemory(to: Atomic<Int>.self, capacity: stride * stripes)
    for index in 0..<stride * stripes { (cells + index).initialize(to: Atomic(0)) }
  }

  deinit {
    cells.deinitialize(count: stride * stripes)
    UnsafeMutableRawPointer(cells).deallocate()
  }

  /// Adds to a cell of integers; wraps around where it is full.
  package func add(_ amount: Int, to cell: Int) {
    let stripe = Stripe.current
    guard stripe != Stripe.shared, stripe < stripes else {
      cells[cell].wrappingAdd(amount, ordering: .relaxed)
      return
    }
    let index = stripe * stride + cell
    cells[index].store(cells[index].load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }

  /// Adds to a cell of doubles.
  package func add(_ amount: Double, to cell: Int) {
    let stripe = Stripe.current
    guard stripe != Stripe.shared, stripe < stripes else {
      var old = cells[cell].load(ordering: .relaxed)
      while true {
        let (isDone, found) = cells[cell].weakCompareExchange(
          expected: old, desired: Self.bits(Self.double(old) + amount), ordering: .relaxed)
        if isDone { return }
        old = found
      }
    }
    let index = stripe * stride + cell
    cells[index].store(Self.bits(Self.double(cells[index].load(ordering: .relaxed)) + amount), ordering: .relaxed)
  }

  /// Of all stripes, of a cell of integers.
  package func sum(of cell: Int) -> Int {
    (0..<stripes).reduce(0) { $0 &+ cells[$1 * stride + cell].load(ordering: .relaxed) }
  }

  /// Of all stripes, of a cell of doubles.
  package func doubleSum(of cell: Int) -> Double {
    (0..<stripes).reduce(0) { $0 + Self.double(cells[$1 * stride + cell].load(ordering: .relaxed)) }
  }

  private static func bits(_ value: Double) -> Int { Int(bitPattern: UInt(value.bitPattern)) }
  private static func double(_ bits: Int) -> Double { Double(bitPattern: UInt64(UInt(bitPattern: bits))) }
}
