import NIOCore
import NIOHTTP1
import Settings

/// Makes the requests to one endpoint of an upstream: what they share is written once.
struct UpstreamRequests: Sendable {
  private let pathPrefix: String
  /// The fields that every request to this upstream has, without and with the service credential.
  private let anonymous: HTTPFieldBlock
  private let credentialed: HTTPFieldBlock

  /// - Throws: `invalidRequest` where a service credential cannot be sent.
  init(_ definition: UpstreamDefinition, endpoint: Endpoint) throws(TransportError) {
    pathPrefix = definition.pathPrefix
    var common: HTTPHeaders = ["host": endpoint.authority, "accept": "application/json", "user-agent": "tributary"]
    if definition.acceptsGzip { common.add(name: "accept-encoding", value: "gzip") }
    anonymous = try HTTPFieldBlock(common)
    if case .credential(let fields) = definition.identity {
      for field in fields { common.replaceOrAdd(name: field.name, value: field.value) }
    }
    credentialed = try HTTPFieldBlock(common)
  }

  /// - Parameter token: of the service account, where the upstream is signed in to.
  func request(for call: UpstreamCall, token: ServiceToken? = nil) -> HTTPExchangeRequest {
    var headers: HTTPHeaders = ["x-request-id": call.requestID]
    if let token { headers.add(name: "authorization", value: token.field) }
    for field in call.identity { headers.add(name: field.name, value: field.value) }
    for field in call.conditions { headers.add(name: field.name, value: field.value) }
    if call.body != nil { headers.add(name: "content-type", value: call.contentType) }
    return HTTPExchangeRequest(
      method: call.method == .get ? .GET : .POST, target: pathPrefix.isEmpty ? call.target : pathPrefix + call.target,
      shared: call.isAnonymous ? anonymous : credentialed, headers: headers, body: call.body)
  }

  func signIn(_ rule: SignInRule) -> HTTPExchangeRequest {
    HTTPExchangeRequest(
      method: .POST, target: pathPrefix + rule.path, shared: anonymous, headers: ["content-type": "application/json"],
      body: ByteBuffer(string: rule.body.reveal()))
  }
}
