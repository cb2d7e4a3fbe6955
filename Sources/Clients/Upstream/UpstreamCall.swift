package import NIOCore
import NIOHTTP1
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
  /// Fields of a conditional request (RFC 9110 §13.1), lower-case names. With any of them 304 is an answer.
  package var conditions: [HeaderField] = []
  /// Whether 404 is an answer, too: there is none.
  package var acceptsNotFound = false
  package var requestID: String
  /// Whether the caller has less patience than the configuration grants: a try that this cuts short says nothing of the upstream.
  package var isHurried = false
  /// Whether not even the service credential is shown; health paths ask for no identity.
  package var isAnonymous = false
  /// What its span belongs under; nil for none.
  package var context: ServiceContext?
  /// The timeline of whoever asks, and the trace that it is in; nil for calls of nobody's.
  package var trail: SectionTrail?
  /// Of the body.
  package var contentType = "application/json"

  package init(method: Method, target: String, body: ByteBuffer? = nil, identity: [HeaderField] = [], requestID: String) {
    self.method = method
    self.target = target
    self.body = body
    self.identity = identity
    self.requestID = requestID
  }

  /// Whether a status beside 2xx is an answer.
  func accepts(_ status: Int) -> Bool { (status == 304 && !conditions.isEmpty) || (status == 404 && acceptsNotFound) }
}

/// A 2xx answer, a 304 to a conditional request, or a 404 where the call accepts that.
package struct UpstreamReply: Sendable {
  package let status: Int
  /// The header fields; those about the body's coding and length are gone.
  package let fields: UpstreamFields
  /// The decoded body; empty for 204, 304 and the like.
  package let body: ByteBuffer

  package init(status: Int, fields: UpstreamFields = UpstreamFields(), body: ByteBuffer) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// What the conditions were about has not changed.
  package var isNotModified: Bool { status == 304 }
  /// There is none.
  package var isNotFound: Bool { status == 404 }
}

/// The header fields of an answer, in their order.
package struct UpstreamFields: Sendable, Sequence {
  private let headers: HTTPHeaders

  package init() { headers = [:] }

  init(_ headers: HTTPHeaders) { self.headers = headers }

  package func makeIterator() -> AnyIterator<(name: String, value: String)> {
    var fields = headers.makeIterator()
    return AnyIterator { fields.next() }
  }
}
