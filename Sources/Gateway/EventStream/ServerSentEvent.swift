import Glibc
import NIOCore

/// One event of an event stream (WHATWG HTML §9.2), before it is bytes.
struct ServerSentEvent {
  /// What the client listens for; without one it is a `message`.
  var name: StaticString?
  /// What a client that comes back says it had last (`Last-Event-ID`). One line of ours.
  var id: String?
  /// Milliseconds that a client waits before it comes back.
  var retry: Int?
  /// One after the other they are the data. Without data a client is told of nothing.
  var data: [ByteBuffer] = []

  /// As it goes over the wire. Data in one line is not copied, but stands between what is written around it.
  var pieces: [ByteBuffer] {
    var done: [ByteBuffer] = []
    var text = ByteBuffer()
    if let retry { text.writeString("retry: \(retry)\n") }
    if let id { text.writeString("id: \(id)\n") }
    if let name { text.writeString("event: \(name)\n") }
    if !data.isEmpty {
      text.writeStaticString("data: ")
      var lines = EventLines()
      for part in data {
        if part.readableBytes > Self.maxCopied, !lines.isBroken(part) {
          lines.passed(part)
          done.append(text)
          done.append(part)
          text = ByteBuffer()
        } else {
          lines.write(part, to: &text)
        }
      }
      text.writeStaticString("\n")
    }
    text.writeStaticString("\n")
    done.append(text)
    return done
  }

  /// Nothing that a client is told of: a sign of life.
  static let heartbeat = EventBytes([ByteBuffer(string: ":\n\n")])

  private static let maxCopied = 4096
}

/// Breaks data into the lines of one event: each begins with `data: `, and the client puts LF between them. JSON stays the same JSON, as
/// line ends stand between its tokens only.
private struct EventLines {
  /// A CR was the last byte: an LF behind it belongs to it.
  private var isAfterReturn = false

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Whether the data is of more than one line.
  func isBroken(_ part: ByteBuffer) -> Bool {
    part.withUnsafeReadableBytes { Self.lineEnd(in: $0) != nil }
  }

  /// Data without line ends.
  mutating func passed(_ part: ByteBuffer) { if part.readableBytes > 0 { isAfterReturn = false } }

  mutating func write(_ part: ByteBuffer, to text: inout ByteBuffer) {
    part.withUnsafeReadableBytes { bytes in
      var rest = bytes
      while let end = Self.lineEnd(in: rest) {
        let isSecondHalf = isAfterReturn && end == 0 && rest[end] == Self.lineFeed
        text.writeBytes(UnsafeRawBufferPointer(rebasing: rest[..<end]))
        if !isSecondHalf { text.writeStaticString("\ndata: ") }
        isAfterReturn = rest[end] == Self.carriageReturn
        rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
      }
      if !rest.isEmpty { isAfterReturn = false }
      text.writeBytes(rest)
    }
  }

  /// The first LF or CR: at the speed of `memchr`, as a body may have megabytes.
  private static func lineEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
    let feed = position(of: lineFeed, in: bytes)
    return position(of: carriageReturn, in: UnsafeRawBufferPointer(rebasing: bytes[..<(feed ?? bytes.count)])) ?? feed
  }

  private static func position(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
