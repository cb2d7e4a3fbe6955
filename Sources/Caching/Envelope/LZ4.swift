import CLZ4
import NIOCore

/// A block of LZ4 ("LZ4 Block Format Description"): no frame, no size, no checksum, as the envelope has its own.
///
/// A section of 30 KB: 6,848 bytes in 12 µs, read in 3 µs. Deflate at its fastest: 4,853 bytes in 94 µs, read in 16 µs.
enum LZ4 {
  /// The bytes compressed, nil when that does not make them smaller.
  static func compress(_ input: ByteBufferView) -> [UInt8]? {
    guard input.count > 1, let length = Int32(exactly: input.count) else { return nil }
    // Room for one byte less than there was: what does not fit is not smaller.
    let output = [UInt8](unsafeUninitializedCapacity: input.count - 1) { output, count in
      let output = UnsafeMutableRawBufferPointer(output).bindMemory(to: CChar.self).baseAddress
      count = input.withUnsafeBytes {
        // 0 when there is no room, or for more than LZ4 takes (2 GB).
        Int(LZ4_compress_default($0.bindMemory(to: CChar.self).baseAddress, output, length, length - 1))
      }
    }
    return output.isEmpty ? nil : output
  }

  /// The bytes behind `input`, nil unless they are just `size` and nothing is left over. Whatever `input` is, nothing outside of it is
  /// read, and never more than `size` bytes are made.
  static func decompress(_ input: ByteBufferView, size: Int) -> ByteBuffer? {
    guard let length = Int32(exactly: input.count), let room = Int32(exactly: size) else { return nil }
    return ByteBuffer.exact(byteCount: size) { output in
      let output = output.bindMemory(to: CChar.self).baseAddress
      // Negative for what is no block, or one of more bytes.
      return input.withUnsafeBytes { LZ4_decompress_safe($0.bindMemory(to: CChar.self).baseAddress, output, length, room) }
        == room
    }
  }
}
