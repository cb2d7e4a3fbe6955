import CHiredis
import NIOCore

/// Replies out of bytes as they come: hiredis' reader, with bounds that it does not have. Belongs to one connection.
///
/// After the first violation it gives nothing more.
final class RedisReplyReader {
  /// What came is no RESP 2, or more than the limits allow.
  struct Violation: Error, Equatable {}

  private let limits: RedisReplyLimits
  private let builder: RedisReplyBuilder
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let reader: UnsafeMutablePointer<redisReader>
  /// Bytes since the end of the last reply.
  private var bytesOfReply = 0
  private var isBroken = false

  /// The digits of a length, a sign, and some.
  private static let maxNumberBytes = 24
  /// A buffer that has grown beyond this for a large reply is given back.
  private static let keptBufferBytes = 1 << 20

  init(limits: RedisReplyLimits = RedisReplyLimits()) {
    self.limits = limits
    builder = RedisReplyBuilder(limits: limits)
    functions = .allocate(capacity: 1)
    functions.initialize(to: RedisReplyBuilder.functions)
    // It says so only where it has no memory, and then nothing in the process goes on.
    guard let reader = redisReaderCreateWithFunctions(functions) else { fatalError("out of memory") }
    reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
    reader.pointee.maxbuf = Self.keptBufferBytes
    self.reader = reader
  }

  deinit {
    redisReaderFree(reader)
    functions.deallocate()
  }

  /// Whether the last byte that came was the last of a reply.
  var isAtBoundary: Bool { bytesOfReply == 0 }

  func feed(_ bytes: ByteBuffer) throws(Violation) {
    let isFed = bytes.withUnsafeReadableBytes { bytes in
      bytes.isEmpty || redisReaderFeed(reader, bytes.baseAddress, bytes.count) == REDIS_OK
    }
    guard isFed, !isBroken else { throw broken() }
    bytesOfReply += bytes.readableBytes
  }

  /// The next whole reply; nil: more bytes are needed.
  func next() throws(Violation) -> RedisReply? {
    guard !isBroken else { throw Violation() }
    var object: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw broken() }
    guard object != nil else {
      guard isRestWithinBounds else { throw broken() }
      return nil
    }
    guard let reply = builder.take() else { throw broken() }
    bytesOfReply = unread
    return reply
  }

  private func broken() -> Violation {
    isBroken = true
    return Violation()
  }

  private var unread: Int { reader.pointee.len - reader.pointee.pos }

  /// Whether what hiredis waits for may come: it would buffer a string of any announced length, and a line without end.
  private var isRestWithinBounds: Bool {
    guard bytesOfReply <= limits.maxReplyBytes else { return false }
    guard unread > 0, let buffer = reader.pointee.buf, let type = typeBeingRead else { return true }
    let rest = UnsafeRawBufferPointer(start: buffer + reader.pointee.pos, count: unread)
    switch type {
    case REDIS_REPLY_STATUS, REDIS_REPLY_ERROR:
      return rest.count <= limits.maxLineBytes + 1
    case REDIS_REPLY_STRING:
      let line = rest.prefix(Self.maxNumberBytes)
      guard let end = line.firstIndex(of: 0x0D) else { return rest.count < Self.maxNumberBytes }
      guard end + 1 >= rest.count || rest[end + 1] == 0x0A else { return false }
      guard let length = Int(String(decoding: line[..<end], as: UTF8.self)) else { return false }
      return length <= limits.maxStringBytes
    default:
      return rest.count < Self.maxNumberBytes
    }
  }

  /// The type of the reply, or of the element, that is not complete. Nil before its first byte.
  private var typeBeingRead: Int32? {
    let index = Int(reader.pointee.ridx)
    return withUnsafeBytes(of: &reader.pointee.rstack) { stack in
      let tasks = stack.bindMemory(to: redisReadTask.self)
      guard tasks.indices.contains(index), tasks[index].type >= 0 else { return nil }
      return tasks[index].type
    }
  }
}
