import CZlib
import NIOCore

/// Raw deflate (RFC 1951) through zlib: no header, no checksum, as the envelope has its digest.
enum Deflate {
  /// Level 1: a third of the time of the default for JSON, and nearly as small.
  private static let level: Int32 = 1
  /// 32 KB of window, raw.
  private static let windowBits: Int32 = -15

  /// The bytes compressed, nil when that does not make them smaller.
  static func compress(_ input: ByteBufferView) -> [UInt8]? {
    guard input.count > 1, input.count <= Int(UInt32.max) else { return nil }
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(&stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
      return nil
    }
    defer { deflateEnd(&stream) }
    // Room for one byte less than there was: what does not fit is not smaller.
    var output = [UInt8](repeating: 0, count: input.count - 1)
    let isWhole = output.withUnsafeMutableBytes { run(&stream, from: input, into: $0) { deflate(&$0, Z_FINISH) == Z_STREAM_END } }
    guard isWhole else { return nil }
    output.removeLast(Int(stream.avail_out))
    return output
  }

  /// The bytes behind `input`, nil unless they are just `size` and nothing is left over. Never more than `size` bytes are made.
  static func decompress(_ input: ByteBufferView, size: Int) -> ByteBuffer? {
    guard size <= Int(UInt32.max), input.count <= Int(UInt32.max) else { return nil }
    var stream = z_stream()
    guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    return ByteBuffer.exact(byteCount: size) { output in
      run(&stream, from: input, into: output) { inflate(&$0, Z_FINISH) == Z_STREAM_END && $0.avail_in == 0 && $0.avail_out == 0 }
    }
  }

  private static func run(
    _ stream: inout z_stream, from input: ByteBufferView, into output: UnsafeMutableRawBufferPointer,
    _ body: (inout z_stream) -> Bool
  ) -> Bool {
    input.withUnsafeBytes { input in
      // zlib does not write there; its type has no `const` in this version.
      stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
      stream.avail_out = UInt32(output.count)
      return body(&stream)
    }
  }
}
