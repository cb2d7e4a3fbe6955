import Clients
import HTTPTypes
import NIOHTTP1

/// A request's head, read from what NIO's parser understood: the request, how its body comes, and what is wrong with it.
struct RequestHead: Equatable {
  private(set) var incoming: IncomingRequest
  /// Nil if the request is good as far as its head tells.
  private(set) var problem: Problem?
  /// The announced length (bytes); 0 where there is no body, nil where it comes in chunks.
  private(set) var contentLength: Int? = 0
  private(set) var expectsContinue = false

  var hasBody: Bool { contentLength != 0 }

  init(_ incoming: IncomingRequest, problem: Problem?, contentLength: Int?, expectsContinue: Bool) {
    self.incoming = incoming
    self.problem = problem
    self.contentLength = contentLength
    self.expectsContinue = expectsContinue
  }

  init(_ head: HTTPRequestHead, limits: EdgeLimits) {
    let target = RequestTarget(head.uri, method: head.method)
    let method = HTTPRequest.Method(head.method.rawValue) ?? .get
    var fields = RequestFields(limits: limits)
    for (name, value) in head.headers { fields.read(name, value) }
    let request = HTTPRequest(
      method: method, scheme: "http", authority: target?.authority ?? fields.host, path: target?.path, headerFields: fields.fields
    )
    incoming = IncomingRequest(
      request: request, isHTTP11: head.version.minor >= 1, keepsAlive: head.isKeepAlive && !fields.hasUpgrade)
    contentLength = fields.isChunked ? nil : fields.contentLength
    // To a client of HTTP/1.0 the expectation means nothing (RFC 9110 §10.1.1).
    expectsContinue = incoming.isHTTP11 && fields.expectsContinue
    if contentLength == 0, incoming.keepsAlive { incoming.replayKey = ReplayKey(head) }
    problem = firstProblem(of: head, fields, hasTarget: target != nil, limits)
  }

  private func firstProblem(of head: HTTPRequestHead, _ fields: RequestFields, hasTarget: Bool, _ limits: EdgeLimits) -> Problem?
  {
    let line = head.method.rawValue.utf8.count + head.uri.utf8.count + " HTTP/1.1 ".utf8.count
    if line > limits.maxRequestLine { return .requestLineTooLong }
    if fields.areTooLarge { return .headersTooLarge }
    if head.method == .CONNECT { return .notImplemented }
    if let malformed = fields.malformed { return malformed }
    if !hasTarget { return .badRequest("The target of the request is neither a path nor a URL.") }
    if fields.hosts != 1, incoming.isHTTP11 || fields.hosts > 1 { return .badRequest("A request needs one Host field.") }
    if fields.isChunked, !incoming.isHTTP11 { return .badRequest("Transfer-Encoding came with HTTP/1.0.") }
    if fields.isChunked, fields.lengths > 0 { return .badRequest("Content-Length and Transfer-Encoding exclude each other.") }
    if incoming.isHTTP11, fields.expectsMore { return .expectationFailed }
    if let contentLength, contentLength > limits.maxBody { return .contentTooLarge(limit: limits.maxBody) }
    return nil
  }
}
