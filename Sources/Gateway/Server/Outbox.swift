import NIOCore

/// What of an answer is ready to go: a value that gathers the pieces of a body and says when to write them.
///
/// A body whose length is known waits until it is whole, and leaves with its head in one write; one that is a stream, or longer
/// than ``maxGathered``, leaves as it comes.
struct Outbox: Equatable {
  let framing: AnswerFraming
  private(set) var pieces: [ByteBuffer] = []
  /// Bytes of the body so far.
  private(set) var bodyBytes = 0
  private var gathered = 0

  /// Bytes of a body that wait for each other.
  static let maxGathered = 1024 * 1024
  /// A body up to this size is copied behind its head; a longer one goes out beside it (a gathering write).
  static let maxCopied = 4096

  init(framing: AnswerFraming) { self.framing = framing }

  var isStream: Bool { framing == .chunked || framing == .untilClose }

  /// - Returns: whether to write now what is ready.
  mutating func add(_ piece: ByteBuffer) -> Bool {
    let size = piece.readableBytes
    guard size > 0, framing != .none else { return false }
    bodyBytes += size
    gathered += size
    if framing == .chunked {
      var head = ByteBuffer()
      head.writeChunkHead(size)
      pieces.append(head)
      pieces.append(piece)
      pieces.append(Self.lineEnd)
    } else {
      pieces.append(piece)
    }
    return isStream || gathered > Self.maxGathered
  }

  /// The body is whole.
  ///
  /// - Returns: false if the head, which has left already, announced another length.
  mutating func end(hasBegun: Bool) -> Bool {
    if framing == .chunked { pieces.append(Self.lastChunk) }
    guard hasBegun, case .length(let length) = framing else { return true }
    return length == bodyBytes
  }

  /// The pieces to be written now, in order; it is empty afterwards.
  mutating func take() -> [ByteBuffer] {
    defer {
      pieces.removeAll()
      gathered = 0
    }
    return pieces
  }

  private static let lineEnd = ByteBuffer(string: "\r\n")
  private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
}
