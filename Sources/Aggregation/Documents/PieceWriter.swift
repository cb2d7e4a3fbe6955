import NIOCore

/// Puts a document together from spliced bodies and the text between them: copied into one buffer, or as a list of buffers in which
/// the bodies stand as they are.
struct PieceWriter {
  private var done: [ByteBuffer] = []
  private var current: ByteBuffer
  private let copies: Bool

  init(capacity: Int, copies: Bool) {
    current = ByteBufferAllocator().buffer(capacity: capacity)
    self.copies = copies
  }

  mutating func write(_ text: StaticString) { current.writeStaticString(text) }
  mutating func write(_ text: String) { current.writeString(text) }
  mutating func write(_ bytes: [UInt8]) { current.writeBytes(bytes) }

  mutating func write(_ body: ByteBuffer) {
    guard !copies else {
      current.writeImmutableBuffer(body)
      return
    }
    done.append(current)
    done.append(body)
    current = ByteBufferAllocator().buffer(capacity: 1024)
  }

  var finished: [ByteBuffer] { done + [current] }
}
