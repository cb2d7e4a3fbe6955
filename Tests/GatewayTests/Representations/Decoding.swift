import NIOCore
import TestSupport

@testable import Gateway

/// What a client's decoder makes of a body; nil unless it is one whole stream with nothing behind it.
enum Decoding {
  static func decode(_ body: ByteBuffer, _ coding: ContentCoding, room: Int) -> [UInt8]? {
    let bytes = Array(body.readableBytesView)
    return coding.name.map { ContentDecoding.decode(bytes, $0, room: room) } ?? bytes
  }
}
