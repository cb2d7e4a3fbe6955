import CZlib
import NIOCore

extension Gzip {
  /// What was coded, for files of our own: their length stands at their end (RFC 1952 §2.3.1), and is believed up to 16 MB.
  ///
  /// - Returns: nil for what is no gzip of one member.
  static func decode(_ coded: ByteBuffer) -> ByteBuffer? {
    guard coded.readableBytes > 18,
      let length = coded.getInteger(at: coded.writerIndex - 4, endianness: .little, as: UInt32.self), length <= 16 << 20
    else { return nil }
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var plain = ByteBuffer()
    var end = Z_DATA_ERROR
    plain.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(length)) { room in
      coded.withUnsafeReadableBytes { input in
        // zlib does not write there; its type has no `const` in this version.
        stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
        stream.avail_out = length
        end = inflate(&stream, Z_FINISH)
      }
      return Int(length - stream.avail_out)
    }
    return end == Z_STREAM_END && plain.readableBytes == Int(length) ? plain : nil
  }
}
