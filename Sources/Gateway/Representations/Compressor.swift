import NIOCore

/// Makes the body of an answer smaller. Deterministic: the same bytes in the same pieces give the same bytes, as a strong tag promises.
///
/// It computes on the thread that calls it, 6 to 8 µs a kilobyte: to be done once for what is sent often.
enum Compressor {
  /// Below this many bytes an answer fills one packet whatever is done to it.
  static let minBytes = 860
  /// Above this many bytes, which take about 10 ms, an event loop would stand still for too long.
  static let maxBytes = 1 << 20

  /// The pieces, one after the other, in `coding`. Never longer than the pieces are; not made of more than fits into that.
  ///
  /// - Returns: nil if that would not be smaller, for the identity, and for less than ``minBytes`` or more than ``maxBytes``.
  static func compress(_ pieces: [ByteBuffer], _ coding: ContentCoding, maxBytes: Int = maxBytes) -> ByteBuffer? {
    let total = pieces.reduce(0) { $0 + $1.readableBytes }
    guard total >= minBytes, total <= min(maxBytes, Int(UInt32.max)) else { return nil }
    let encode: (UnsafeMutableRawBufferPointer) -> Int?
    switch coding {
    case .identity: return nil
    case .gzip: encode = { Gzip.encode(pieces, total: total, into: $0) }
    case .br: encode = { Brotli.encode(pieces, total: total, into: $0) }
    }
    // Room for one byte less than there was: what does not fit is not smaller.
    return withUnsafeTemporaryAllocation(byteCount: total - 1, alignment: 16) { room in
      encode(room).map { ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: room[..<$0])) }
    }
  }
}
