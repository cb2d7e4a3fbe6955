package import Clients
import EventLoops
package import NIOCore
import NIOHTTP1
import RawJSON
package import Settings

/// Asks the admin listener of a running gateway.
package struct AdminClient: Sendable {
  /// Why there is no answer that helps.
  package enum Failure: Error, Equatable {
    /// None came.
    case unreachable(TransportError.Code)
    /// The detail of its problem, or nothing where the answer was not ours.
    case refused(status: Int, detail: String?)
    /// A 200 that no admin listener gives.
    case notUnderstood
  }

  private let address: BaseURL
  private let token: Secret?
  private let loop: any EventLoop

  /// More than a purge takes that waits for a shared store.
  private static let patience = TimeAmount.seconds(5)
  private static let problem = ScanPlan(members: ["detail"], maximumDepth: 8)

  /// - Parameter token: what the listener asks for; nil where it asks for nothing.
  package init(_ address: BaseURL, token: Secret? = nil, on loop: any EventLoop) {
    self.address = address
    self.token = token
    self.loop = loop
  }

  /// `POST /admin/cache/purge`.
  package func purge(_ request: PurgeRequest) async throws -> PurgeReport {
    var headers: HTTPHeaders = ["content-type": "application/json"]
    if let token { headers.add(name: "authorization", value: "Bearer \(token.reveal())") }
    let exchange = HTTPExchangeRequest(
      method: .POST, target: address.pathPrefix + "/admin/cache/purge", headers: headers, body: ByteBuffer(bytes: request.json))
    let response = try await send(exchange)
    let body = Array(response.body.readableBytesView)
    guard response.status == 200 else { throw Failure.refused(status: response.status, detail: Self.detail(of: body)) }
    guard let report = PurgeReport(json: body) else { throw Failure.notUnderstood }
    return report
  }

  private func send(_ request: HTTPExchangeRequest) async throws -> HTTPExchangeResponse {
    let tls = address.scheme == "https" ? try TransportSecurity.context() : nil
    let endpoint = Endpoint(scheme: address.scheme == "https" ? .https : .http, host: address.host, port: address.port)
    let outcome = await EventLoopExecutor(loop).run { [loop] () -> Result<HTTPExchangeResponse, Failure> in
      let transport = Transport(endpoint: endpoint, tls: tls, eventLoop: loop)
      defer { transport.shutDown() }
      do throws(TransportError) {
        return .success(try await transport.execute(request, until: .now() + Self.patience))
      } catch {
        return .failure(.unreachable(error.code))
      }
    }
    return try outcome.get()
  }

  private static func detail(of body: [UInt8]) -> String? {
    body.withUnsafeBytes { bytes in
      do { return try JSONScanner().scan(bytes, plan: problem).member(0).cell.string(in: bytes) } catch { return nil }
    }
  }
}
