import CHiredis
package import NIOCore

/// One word of a command.
package enum RedisArgument: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case text(String)
  case bytes([UInt8])
  case buffer(ByteBuffer)
  case integer(Int64)

  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }

  fileprivate var count: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .bytes(let bytes): bytes.count
    case .buffer(let buffer): buffer.readableBytes
    case .integer: 20
    }
  }

  fileprivate func write(to words: inout ByteBuffer) {
    switch self {
    case .text(let text): words.writeString(text)
    case .bytes(let bytes): words.writeBytes(bytes)
    case .buffer(let buffer): words.writeImmutableBuffer(buffer)
    case .integer(let number): words.writeString(String(number))
    }
  }
}

/// A command as it goes over the wire, made by hiredis' formatter; sent any number of times.
package struct RedisCommand: Sendable, Equatable {
  /// RESP. Empty when the command is larger than ``maxBytes``; such a one is refused before it is sent.
  let bytes: ByteBuffer
  /// Where its key lives in a cluster. Nil: any node will do.
  let slot: UInt16?

  /// Of all words together.
  static let maxBytes = 32 * 1024 * 1024

  var isTooLarge: Bool { bytes.readableBytes == 0 }

  /// - Parameters:
  ///   - words: the name of the command and its arguments; not empty.
  ///   - key: the place of the (first) key among the words, which a cluster chooses its node by.
  package init(_ words: [RedisArgument], key: Int? = nil) {
    slot = key.flatMap { words.indices.contains($0) ? RedisHashSlot.slot(of: words[$0].written) : nil }
    bytes = Self.format(words)
  }

  /// hiredis wants all words at once, each by its address: they are laid end to end first.
  private static func format(_ words: [RedisArgument]) -> ByteBuffer {
    var count = 0
    for word in words { count += word.count }
    guard !words.isEmpty, count <= maxBytes else { return ByteBuffer() }
    var text = ByteBufferAllocator().buffer(capacity: count)
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: words.count) { lengths in
      for (index, word) in words.enumerated() {
        let start = text.writerIndex
        word.write(to: &text)
        lengths.initializeElement(at: index, to: text.writerIndex - start)
      }
      return text.withUnsafeReadableBytes { format($0, lengths) }
    }
  }

  private static func format(_ text: UnsafeRawBufferPointer, _ lengths: UnsafeMutableBufferPointer<Int>) -> ByteBuffer {
    withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: lengths.count) { words in
      var start = 0
      for (index, length) in lengths.enumerated() {
        let word = text.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
        words.initializeElement(at: index, to: word)
        start += length
      }
      var line: sds?
      // `size_t` is UInt in C and Int in Swift: the same bits for every length that fits a buffer.
      let count = redisFormatSdsCommandArgv(&line, Int32(lengths.count), words.baseAddress, lengths.baseAddress)
      guard count > 0, let line else { return ByteBuffer() }
      defer { redisFreeSdsCommand(line) }
      return ByteBuffer(bytes: UnsafeRawBufferPointer(start: line, count: Int(count)))
    }
  }
}

extension RedisArgument {
  /// Its bytes as the server sees them.
  fileprivate var written: ByteBuffer {
    var buffer = ByteBuffer()
    write(to: &buffer)
    return buffer
  }
}
