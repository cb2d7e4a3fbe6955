package import NIOCore
package import NIOHTTP1

/// One request, as a value. It must be safe to send twice: a reused connection that dies before the first byte of the
/// response has the request sent again on another (RFC 9112 §9.3.1).
package struct HTTPExchangeRequest: Sendable {
  package var method: HTTPMethod
  /// Path and query, in origin form: `/a?b=c` (RFC 9112 §3.2.1).
  package var target: String
  /// Fields that many requests share, sent before `headers`.
  package var shared: HTTPFieldBlock?
  /// Sent as they are. The transport writes `Host` where there is none, and the framing (`Content-Length`) by itself.
  package var headers: HTTPHeaders
  package var body: ByteBuffer?

  package init(
    method: HTTPMethod = .GET, target: String, shared: HTTPFieldBlock? = nil, headers: HTTPHeaders = [:], body: ByteBuffer? = nil
  ) {
    self.method = method
    self.target = target
    self.shared = shared
    self.headers = headers
    self.body = body
  }
}

/// One whole response, as a value.
package struct HTTPExchangeResponse: Sendable, Equatable {
  /// 200–599: informational responses are skipped, `101` is refused.
  package var status: Int
  /// As received; without `Content-Encoding` and `Content-Length` where the body was decoded.
  package var headers: HTTPHeaders
  /// Decoded. Its storage is never more than four times its bytes, or 4 KB.
  package var body: ByteBuffer

  package init(status: Int, headers: HTTPHeaders, body: ByteBuffer) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
