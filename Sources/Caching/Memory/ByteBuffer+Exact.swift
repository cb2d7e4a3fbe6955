import Glibc
@_spi(CustomByteBufferAllocator) package import NIOCore

extension ByteBuffer {
  /// The readable bytes in memory of just their size.
  ///
  /// A buffer's own allocations are powers of two: what came off a socket takes a third more than its bytes on average, at worst twice as
  /// much. For what is kept for long that is too much; to be made once, when it is stored. What
  /// lies in such memory already is not copied.
  package func exactCopy() -> ByteBuffer {
    if storageCapacity == readableBytes { return self }
    return ByteBuffer.exact(byteCount: readableBytes) { memory in
      withUnsafeReadableBytes { memory.copyMemory(from: $0) }
      return true
    } ?? self
  }

  /// A buffer with memory of just `byteCount` bytes, all readable; nil when `fill` says that it did not fill them, or for none.
  static func exact(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Bool) -> ByteBuffer? {
    // The default allocator frees with `free`.
    guard byteCount > 0, let start = malloc(byteCount) else { return nil }
    let memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    guard fill(memory) else {
      free(start)
      return nil
    }
    return ByteBuffer(takingOwnershipOf: memory, allocator: ByteBufferAllocator())
  }
}
