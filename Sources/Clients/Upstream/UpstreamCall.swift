package import NIOCore
package import Tracing

/// What is asked of an upstream. Only reads: safe to send again.
package struct UpstreamCall: Sendable {
  /// Reads only; POST for those that carry their question in a body.
  package enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
  }

  package var method: Method
  /// Path and query, without the upstream's path prefix.
  package var target: String
  /// A JSON body, for reads that are spelt POST.
  package var body: ByteBuffer?
  /// The caller's identity headers that this upstream may see (see `IdentityRule`).
  package var identity: [HeaderField]
  package var requestID: String
  /// Whether the caller has less patience than the configuration grants: a try that this cuts short says nothing of the upstream.
  package var isHurried = false
  /// Whether not even the service credential is shown; health paths ask for no identity.
  package var isAnonymous = false
  /// What its span belongs under; nil for none.
  package var context: ServiceContext?

  package init(method: Method, target: String, body: ByteBuffer? = nil, identity: [HeaderField] = [], requestID: String) {
    self.method = method
    self.target = target
    self.body = body
    self.identity = identity
    self.requestID = requestID
  }
}

/// A 2xx answer, or one whose status the caller said it accepts.
package struct UpstreamReply: Sendable {
  package let status: Int
  /// The decoded body; empty for 204 and the like.
  package let body: ByteBuffer

  package init(status: Int, body: ByteBuffer) {
    self.status = status
    self.body = body
  }
}
