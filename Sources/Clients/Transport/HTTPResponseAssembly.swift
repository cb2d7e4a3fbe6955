import NIOCore
import NIOHTTP1

/// A response that is coming in: its head, and as much of its body as there is.
struct HTTPResponseAssembly {
  let status: Int
  /// Nil where there is no such field; `Int.max` where its value is beyond `Int`.
  let contentLength: Int?

  private var headers: HTTPHeaders
  private var coding: String?
  private var body: ByteBuffer?
  private var isBodyShared = false

  /// Reserved at once for a body that announces its length; the rest only as it comes, so that an untrue length costs nothing.
  private static let maxReserved = 1024 * 1024
  /// A body that came in one piece is kept in the buffer that it was read into, unless that wastes three quarters of it.
  private static let maxWaste = 4
  private static let smallStorage = 4096

  init(_ head: HTTPResponseHead) {
    status = Int(clamping: head.status.code)
    headers = head.headers
    var contentLength: Int?
    for (name, value) in head.headers {
      switch name.utf8.count {
      case 14 where name.isField("content-length"): contentLength = Int(value) ?? .max
      case 16 where name.isField("content-encoding"): coding = coding.map { "\($0),\(value)" } ?? value
      default: break
      }
    }
    self.contentLength = contentLength
  }

  /// Whether there is a body, and a content coding is on it (RFC 9110 §8.4).
  var isEncoded: Bool {
    guard let coding, status != 204, status != 304, contentLength != 0 else { return false }
    return !coding.isEmpty && coding.lowercased() != "identity"
  }

  /// From here on the body comes decoded. False: the coding is none that can be decoded.
  mutating func decode() -> Bool {
    guard let coding, ["gzip", "deflate"].contains(coding.lowercased()) else { return false }
    headers.remove(name: "content-encoding")
    headers.remove(name: "content-length")
    return true
  }

  mutating func append(_ part: ByteBuffer) {
    guard var whole = body else {
      body = part
      isBodyShared = true
      return
    }
    body = nil
    if isBodyShared {
      isBodyShared = false
      let expected = max(min(contentLength ?? 0, Self.maxReserved), whole.readableBytes + part.readableBytes)
      var own = ByteBufferAllocator().buffer(capacity: expected)
      own.writeImmutableBuffer(whole)
      whole = own
    }
    whole.writeImmutableBuffer(part)
    body = whole
  }

  /// The response, now that it is whole.
  consuming func finished() -> HTTPExchangeResponse {
    var body = body ?? ByteBuffer()
    if body.storageCapacity > Self.smallStorage, body.storageCapacity / Self.maxWaste > body.readableBytes {
      var own = ByteBufferAllocator().buffer(capacity: body.readableBytes)
      own.writeImmutableBuffer(body)
      body = own
    }
    return HTTPExchangeResponse(status: status, headers: headers, body: body)
  }
}
