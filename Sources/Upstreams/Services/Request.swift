import NIOCore
import NIOHTTP1

/// A request that has arrived whole.
struct Request: Sendable {
  let method: HTTPMethod
  /// Without the query.
  let path: Substring
  let headers: HTTPHeaders
  let version: HTTPVersion
  let isKeepAlive: Bool
  var body = ByteBuffer()
  /// The body was longer than `bodyLimit`; what came after was thrown away.
  var isTooLarge = false

  /// The longest body that is read, in bytes.
  static let bodyLimit = 1 << 20

  init(_ head: HTTPRequestHead) {
    method = head.method
    path = head.uri.prefix { $0 != "?" }
    headers = head.headers
    version = head.version
    isKeepAlive = head.isKeepAlive
  }

  /// HEAD is answered like GET, without the body.
  var routedMethod: HTTPMethod { method == .HEAD ? .GET : method }

  mutating func append(_ part: ByteBuffer) {
    guard !isTooLarge, body.readableBytes + part.readableBytes <= Self.bodyLimit else {
      isTooLarge = true
      return
    }
    if body.readableBytes == 0 {
      body = part
    } else {
      body.writeImmutableBuffer(part)
    }
  }
}
