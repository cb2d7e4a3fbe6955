import FoundationEssentials
import NIOPosix
import Testing
import TestSupport
import Upstreams

/// Runs the test against fakes on free ports, and stops them afterwards.
func withFakes(
  _ configuration: UpstreamsConfiguration = UpstreamsConfiguration(), test: (FakeUpstreams) async throws -> Void
) async throws {
  let fakes = try await FakeUpstreams.start(configuration, on: MultiThreadedEventLoopGroup.singleton)
  do {
    try await test(fakes)
  } catch {
    try await fakes.stop()
    throw error
  }
  try await fakes.stop()
}

/// Fakes of which one service is broken from the start.
func withFault(
  _ fault: Fault, of name: ServiceName, size: DataSize = DataSize(), test: (FakeUpstreams, RawConnection) async throws -> Void
) async throws {
  try await withFakes(UpstreamsConfiguration(size: size, faults: [name: fault])) { fakes in
    try await test(fakes, RawConnection(port: fakes.port(of: name)))
  }
}

/// The header fields of a caller whom every service accepts.
let admin = [
  "authorization": "Bearer " + FakeCredentials.adminToken,
  "x-user-id": FakeCredentials.accountsUserID,
  "x-user-role": FakeCredentials.accountsUserRole,
]

extension FakeUpstreams {
  func connect(to name: ServiceName) throws -> RawConnection { try RawConnection(port: port(of: name), host: address) }

  func connectToControl(of name: ServiceName) throws -> RawConnection {
    try RawConnection(port: controlPort(of: name), host: address)
  }

  /// The address that the services listen on.
  private var address: String {
    baseURL(of: .users).split(separator: ":").dropFirst().first.map { String($0.drop { $0 == "/" }) } ?? ""
  }

  /// One request of a caller whom every service accepts, on a connection of its own.
  func fetch(_ name: ServiceName, _ method: String, _ path: String, body: String = "") throws -> RawConnection.Response {
    try connect(to: name).exchange(method, path, fields: admin, body: body)
  }
}

/// Any JSON, for looking at.
enum JSON: Decodable, Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case list([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  var list: [JSON]? { if case .list(let elements) = self { elements } else { nil } }
  var object: [String: JSON]? { if case .object(let members) = self { members } else { nil } }
  subscript(_ key: String) -> JSON? { object?[key] }
}

extension RawConnection.Response {
  func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body))
  }

  /// The body as JSON; throws if it is not.
  var json: JSON { get throws { try decoded() } }
}

/// A metrics document, as far as the tests look at it.
struct MetricsDocument: Decodable {
  struct Item: Decodable {
    let postId: String
    let datePosted: String
    let hourPosted: String
    let views: Int
    let likes: Int
    let comments: Int
    let saves: Int
    let reposts: Int
    let totalInteractions: Int
    let engagement: Double
    let userId: Int?
  }

  struct Totals: Decodable, Equatable {
    let metric: String
    let totalPosts: Int
    let totalViews: Int
    let totalLikes: Int
    let totalComments: Int
    let totalInteractions: Int
    let avgEngagement: Double
  }

  let items: [Item]
  let count: Int
  let dashboard: [Totals]
}
