import EventLoops
import NIOCore
import NIOHTTP1

/// One try: a call becomes an exchange of HTTP/1.1 messages, the answer's status becomes a reply or a failure.
struct UpstreamExchange: Sendable {
  private let transports: LoopLocal<Transport>
  private let pathPrefix: String
  /// The fields that every request to this upstream has, without and with the service credential.
  private let anonymous: HTTPFieldBlock
  private let credentialed: HTTPFieldBlock

  /// - Throws: `invalidRequest` where a service credential cannot be sent.
  init(definition: UpstreamDefinition, transports: LoopLocal<Transport>) throws(TransportError) {
    self.transports = transports
    self.pathPrefix = definition.pathPrefix
    var common: HTTPHeaders = ["host": definition.endpoint.authority, "accept": "application/json", "user-agent": "tributary"]
    if definition.acceptsGzip { common.add(name: "accept-encoding", value: "gzip") }
    anonymous = try HTTPFieldBlock(common)
    if case .credential(let fields) = definition.identity {
      for field in fields { common.replaceOrAdd(name: field.name, value: field.value) }
    }
    credentialed = try HTTPFieldBlock(common)
  }

  func perform(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline
  ) async throws(CallFailure) -> UpstreamReply {
    let response: HTTPExchangeResponse
    do {
      response = try await transports[eventLoop].execute(request(for: call), until: deadline)
    } catch {
      throw CallFailure(error)
    }
    if (200..<300).contains(response.status) { return UpstreamReply(status: response.status, body: response.body) }
    throw CallFailure(status: response.status, headers: response.headers)
  }

  private func request(for call: UpstreamCall) -> HTTPExchangeRequest {
    var headers: HTTPHeaders = ["x-request-id": call.requestID]
    for field in call.identity { headers.add(name: field.name, value: field.value) }
    if call.body != nil { headers.add(name: "content-type", value: "application/json") }
    let target = pathPrefix.isEmpty ? call.target : pathPrefix + call.target
    return HTTPExchangeRequest(
      method: call.method == .get ? .GET : .POST, target: target, shared: call.isAnonymous ? anonymous : credentialed,
      headers: headers, body: call.body)
  }
}
