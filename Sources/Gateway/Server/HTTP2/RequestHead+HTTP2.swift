import HTTPTypes
import NIOHPACK

extension RequestHead {
  /// From the fields of HTTP/2 (RFC 9113 §8.3.1), of which NIOHTTP2 has seen already that each pseudo field is there once, before all
  /// others, without a control character or a blank in it; that no name has a capital; and that none belongs to a connection of HTTP/1.
  init(_ head: HPACKHeaders, limits: EdgeLimits) {
    var pseudo = PseudoFields()
    var fields = RequestFields(limits: limits)
    for (name, value, _) in head {
      if name.utf8.first == UInt8(ascii: ":") { pseudo.read(name, value) } else { fields.read(name, value) }
    }
    let path = pseudo.target
    let request = HTTPRequest(
      method: HTTPRequest.Method(pseudo.method) ?? .get, scheme: pseudo.scheme, authority: pseudo.authority ?? fields.host,
      path: path, headerFields: fields.fields)
    // Nobody has to be told how an answer is framed, and whether the connection goes on.
    let incoming = IncomingRequest(request: request)
    self.init(
      incoming, problem: pseudo.problem(fields, limits), contentLength: fields.lengths > 0 ? fields.contentLength : nil,
      expectsContinue: fields.expectsContinue)
  }
}

private struct PseudoFields {
  var method = ""
  var scheme: String?
  var authority: String?
  var path: String?

  mutating func read(_ name: String, _ value: String) {
    switch name {
    case ":method": method = value
    case ":scheme": scheme = value
    case ":authority": authority = value
    case ":path": path = value
    default: break
    }
  }

  /// The path, or `*` for the server as a whole; nil where it is neither. Without a fragment, which is for the client alone.
  var target: String? {
    guard let path, !path.utf8.contains(UInt8(ascii: "#")) else { return nil }
    return path.utf8.first == UInt8(ascii: "/") || method == "OPTIONS" && path == "*" ? path : nil
  }

  func problem(_ fields: RequestFields, _ limits: EdgeLimits) -> Problem? {
    // What would be a request line of HTTP/1.1.
    let line = method.utf8.count + (path?.utf8.count ?? 0) + " HTTP/1.1 ".utf8.count
    if line > limits.maxRequestLine { return .requestLineTooLong }
    if fields.areTooLarge { return .headersTooLarge }
    if method == "CONNECT" { return .notImplemented }
    if HTTPRequest.Method(method) == nil { return .badRequest("The method is not one.") }
    if let malformed = fields.malformed { return malformed }
    if target == nil { return .badRequest("The target of the request is not a path.") }
    if let problem = hostProblem(fields) { return problem }
    if fields.expectsMore { return .expectationFailed }
    if fields.contentLength > limits.maxBody { return .contentTooLarge(limit: limits.maxBody) }
    return nil
  }

  private func hostProblem(_ fields: RequestFields) -> Problem? {
    if let scheme, scheme.lowercased() != "https", scheme.lowercased() != "http" {
      return .badRequest("The scheme of the request is neither http nor https.")
    }
    if fields.hosts > 1 { return .badRequest("A request has one Host field at most.") }
    guard let authority else { return fields.hosts == 1 ? nil : .badRequest("A request needs an authority.") }
    guard !authority.isEmpty, RequestTarget.isHost(authority) else {
      return .badRequest("The authority of the request names no host.")
    }
    if let host = fields.host, host.lowercased() != authority.lowercased() {
      return .badRequest("The authority of the request and its Host field differ.")
    }
    return nil
  }
}
