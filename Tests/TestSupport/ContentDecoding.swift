import CBrotliDecoder
import CZlib

/// What a client's decoder makes of a body; nil unless it is one whole stream with nothing behind it.
package enum ContentDecoding {
  package static func decode(_ body: [UInt8], _ coding: String, room: Int) -> [UInt8]? {
    switch coding {
    case "gzip": gunzip(body, room: room)
    case "br": brotli(body, room: room)
    default: nil
    }
  }

  private static func gunzip(_ body: [UInt8], room: Int) -> [UInt8]? {
    var stream = z_stream()
    // 16 more: gzip's header and check value, and no other.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = body
    var output = [UInt8](repeating: 0, count: room + 1)
    let (end, left, free) = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return (inflate(&stream, Z_FINISH), stream.avail_in, stream.avail_out)
      }
    }
    guard end == Z_STREAM_END, left == 0 else { return nil }
    return Array(output.dropLast(Int(free)))
  }

  private static func brotli(_ body: [UInt8], room: Int) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: room + 1)
    var size = output.count
    guard BrotliDecoderDecompress(body.count, body, &size, &output) == BROTLI_DECODER_RESULT_SUCCESS else { return nil }
    return Array(output.prefix(size))
  }
}
