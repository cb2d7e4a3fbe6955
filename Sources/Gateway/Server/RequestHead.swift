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

  init(_ head: HTTPRequestHead, limits: EdgeLimits) {
    let target = RequestTarget(head.uri, method: head.method)
    let method = HTTPRequest.Method(head.method.rawValue) ?? .get
    var fields = Fields(limits: limits)
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

  private func firstProblem(of head: HTTPRequestHead, _ fields: Fields, hasTarget: Bool, _ limits: EdgeLimits) -> Problem? {
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

extension RequestHead {
  /// The fields, and those among them that decide how a request is read.
  private struct Fields {
    let limits: EdgeLimits
    var fields = HTTPFields()
    var hosts = 0
    var host: String?
    var lengths = 0
    var contentLength = 0
    var isChunked = false
    var hasUpgrade = false
    var expectsContinue = false
    /// Anything but `100-continue`.
    var expectsMore = false
    var malformed: Problem?
    private var count = 0
    private var bytes = 0
    private var isOneTooLarge = false

    init(limits: EdgeLimits) { self.limits = limits }

    var areTooLarge: Bool { isOneTooLarge || count > limits.maxHeaderFields || bytes > limits.maxHeaders }

    mutating func read(_ name: String, _ value: String) {
      let size = name.utf8.count + value.utf8.count
      count += 1
      bytes += size
      isOneTooLarge = isOneTooLarge || size > limits.maxHeader
      switch name.utf8.count {
      case 4 where name.isField("host"): return readHost(value)
      case 6 where name.isField("expect"): readExpectations(value)
      case 7 where name.isField("upgrade"): hasUpgrade = true
      case 14 where name.isField("content-length"): readLength(value)
      case 17 where name.isField("transfer-encoding"): readCoding(value)
      default: break
      }
      guard let name = HTTPField.Name(name) else {
        malformed = .badRequest("A field name is not one.")
        return
      }
      fields.append(HTTPField(name: name, value: value))
    }

    /// A list, in one field or in several (RFC 9110 §10.1.1).
    private mutating func readExpectations(_ value: String) {
      for member in value.split(separator: ",") {
        let member = member.filter { $0 != " " && $0 != "\t" }
        if member.isEmpty { continue }
        if member.lowercased() == "100-continue" { expectsContinue = true } else { expectsMore = true }
      }
    }

    private mutating func readHost(_ value: String) {
      hosts += 1
      host = value
      if !RequestTarget.isHost(value) { malformed = .badRequest("The Host field names no host.") }
    }

    private mutating func readLength(_ value: String) {
      lengths += 1
      let isNumber = !value.isEmpty && value.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      if !isNumber || lengths > 1 { malformed = .badRequest("Content-Length is not a length.") }
      contentLength = Int(value) ?? .max
    }

    private mutating func readCoding(_ value: String) {
      if isChunked || value.lowercased() != "chunked" {
        malformed = .badRequest("Transfer-Encoding may be chunked, nothing else.")
      }
      isChunked = true
    }
  }
}
