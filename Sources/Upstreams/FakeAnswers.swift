package import NIOCore
import NIOHTTP1

/// What the fake services answer when nothing is broken, without a socket, to a caller whom they all accept.
package struct FakeAnswers: Sendable {
  private let services: [ServiceName: Service]

  package init(_ size: DataSize = DataSize()) {
    let data = Dataset(size)
    services = ServiceName.allCases.reduce(into: [:]) {
      $0[$1] = Service($1, data: data, credentials: FakeCredentials())
    }
  }

  /// - Parameter target: path and query.
  package func answer(
    of name: ServiceName, method: String, target: String, body: ByteBuffer
  ) -> (status: Int, body: ByteBuffer)? {
    guard let service = services[name] else { return nil }
    let fields: HTTPHeaders = [
      "authorization": "Bearer \(FakeCredentials.adminToken)", "x-user-id": FakeCredentials.accountsUserID,
      "x-user-role": FakeCredentials.accountsUserRole, "content-type": "application/json",
    ]
    var request = Request(
      HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: target, headers: fields))
    request.append(body)
    let answer = service.answer(request, at: service.destination(of: request))
    return (answer.status, answer.body)
  }
}
