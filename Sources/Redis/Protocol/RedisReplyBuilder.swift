import CHiredis
import NIOCore

/// Makes Swift values of what hiredis' reader finds, in place of hiredis' own `redisReply` structures.
///
/// hiredis 0.14 allocates whatever an array announces (CVE-2021-32765), looks at no string's line end, and counts elements in 32
/// bits. So nothing is allocated here by a number from the wire, every count is checked against the limits and against what really
/// comes, and hiredis is told of a fault in the only way it knows: no object.
final class RedisReplyBuilder {
  private struct Frame {
    var elements: [RedisReply] = []
    var missing: Int
  }

  private let limits: RedisReplyLimits
  private var frames: [Frame] = []
  private var elementsInAll = 0
  private var finished: RedisReply?

  init(limits: RedisReplyLimits) { self.limits = limits }

  /// The whole reply, once.
  func take() -> RedisReply? {
    elementsInAll = 0
    return frames.isEmpty ? finished.take() : nil
  }

  /// A string, a status or an error. `text` is followed by two more bytes of hiredis' buffer, which must be the line end.
  fileprivate func add(type: Int32, text: UnsafePointer<CChar>, count: Int) -> Bool {
    let isString = type == REDIS_REPLY_STRING
    guard 0...(isString ? limits.maxStringBytes : limits.maxLineBytes) ~= count else { return false }
    guard text[count] == 0x0D, text[count + 1] == 0x0A else { return false }
    let bytes = UnsafeRawBufferPointer(start: text, count: count)
    switch type {
    case REDIS_REPLY_STRING: return add(.string(ByteBuffer(bytes: bytes)))
    case REDIS_REPLY_STATUS: return add(.status(String(decoding: bytes, as: UTF8.self)))
    case REDIS_REPLY_ERROR: return add(.error(RedisErrorReply(String(decoding: bytes, as: UTF8.self))))
    default: return false
    }
  }

  fileprivate func addArray(count: Int) -> Bool {
    guard 0...limits.maxElements ~= count, finished == nil, frames.count < RedisReplyLimits.maxDepth else { return false }
    elementsInAll += count
    guard elementsInAll <= limits.maxTotalElements else { return false }
    guard count > 0 else { return add(.array([])) }
    frames.append(Frame(missing: count))
    return true
  }

  /// Into the innermost array that is not complete; what it completes goes into the next one out.
  fileprivate func add(_ reply: RedisReply) -> Bool {
    guard finished == nil else { return false }
    var reply = reply
    while var frame = frames.popLast() {
      frame.elements.append(reply)
      frame.missing -= 1
      guard frame.missing <= 0 else {
        frames.append(frame)
        return true
      }
      reply = .array(frame.elements)
    }
    finished = reply
    return true
  }
}

// MARK: What hiredis calls

extension RedisReplyBuilder {
  /// hiredis' table of constructors. Each finds the builder in `privdata` and answers with any object but none for a good reply.
  static var functions: redisReplyObjectFunctions {
    redisReplyObjectFunctions(
      createString: { task, text, count in
        guard let task, let text else { return nil }
        return RedisReplyBuilder.tell(task) { $0.add(type: task.pointee.type, text: text, count: count) }
      },
      createArray: { task, count in RedisReplyBuilder.tell(task) { $0.addArray(count: Int(count)) } },
      createInteger: { task, number in RedisReplyBuilder.tell(task) { $0.add(.integer(number)) } },
      createNil: { task in RedisReplyBuilder.tell(task) { $0.add(.null) } },
      freeObject: { _ in })
  }

  private static func tell(
    _ task: UnsafePointer<redisReadTask>?, _ body: (RedisReplyBuilder) -> Bool
  ) -> UnsafeMutableRawPointer? {
    guard let pointer = task?.pointee.privdata else { return nil }
    return body(Unmanaged<RedisReplyBuilder>.fromOpaque(pointer).takeUnretainedValue()) ? pointer : nil
  }
}
