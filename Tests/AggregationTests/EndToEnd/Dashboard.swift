import Clients
import EventLoops
import NIOCore
import NIOPosix
import Resilience
import Synchronization
import Upstreams

@testable import Aggregation

/// Four fake services on free ports, real clients, and an aggregator over them, all in this process.
struct Dashboard: Sendable {
  let fakes: FakeUpstreams
  let aggregator: Aggregator
  let clients: [UpstreamClient]
  private let group: MultiThreadedEventLoopGroup
  private let executors: LoopExecutors
  private let workers: WorkerPool

  /// The identity that every fake service accepts.
  static let admin = [
    HeaderField(name: "authorization", value: "Bearer \(FakeCredentials.adminToken)"),
    HeaderField(name: "x-user-id", value: FakeCredentials.accountsUserID),
    HeaderField(name: "x-user-role", value: FakeCredentials.accountsUserRole),
  ]

  /// Runs the test against services with these faults; calls are not retried unless `change` says otherwise.
  static func run(
    _ configuration: UpstreamsConfiguration = UpstreamsConfiguration(), loops: Int = 1,
    sections: [SectionDefinition] = SectionDefinition.defaults,
    change: (inout UpstreamDefinition) -> Void = { _ in }, test: (Dashboard) async throws -> Void
  ) async throws {
    var configuration = configuration
    configuration.host = Self.unusedAddress()
    let fakes = try await FakeUpstreams.start(configuration, on: MultiThreadedEventLoopGroup.singleton)
    let dashboard = try await Dashboard(fakes, host: configuration.host, loops: loops, sections: sections, change: change)
    do {
      try await test(dashboard)
    } catch {
      try await dashboard.stop()
      throw error
    }
    try await dashboard.stop()
  }

  private init(
    _ fakes: FakeUpstreams, host: String, loops: Int, sections: [SectionDefinition], change: (inout UpstreamDefinition) -> Void
  ) async throws {
    self.fakes = fakes
    group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    executors = LoopExecutors(group)
    workers = WorkerPool(threads: 1)
    var clients: [UpstreamClient] = []
    for (name, known) in zip(ServiceName.allCases, UpstreamDefinition.defaults) {
      var definition = known
      definition.endpoint = Endpoint(host: host, port: fakes.port(of: name))
      definition.policies.retry = .never
      definition.attemptTimeout = .seconds(30)
      definition.limits.connectTimeout = .seconds(10)
      change(&definition)
      clients.append(try await UpstreamClient(definition, on: group))
    }
    self.clients = clients
    aggregator = try await Aggregator(
      sections: sections, clients: Dictionary(uniqueKeysWithValues: clients.map { ($0.definition.name, $0) }), workers: workers,
      on: group)
  }

  private static let addresses = Atomic<Int>(0)

  /// A loopback address of its own for each test: a port that `refuse` has closed cannot be given to the services of another one.
  private static func unusedAddress() -> String {
    let number = addresses.wrappingAdd(1, ordering: .relaxed).oldValue
    return "127.64.\(number / 250).\(number % 250 + 1)"
  }

  private func stop() async throws {
    for client in clients { try await client.shutDown() }
    try await workers.shutDown()
    try await fakes.stop()
    try await group.shutdownGracefully()
  }

  /// The loops of the gateway.
  var loops: [any EventLoop] { Array(group.makeIterator()) }

  enum Kind: Sendable, CaseIterable { case consolidated, summary }

  /// One request, as a connection on `loop` makes it.
  func get(
    _ kind: Kind = .consolidated, user: Int64? = nil, identity: [HeaderField] = admin, within time: TimeAmount = .seconds(30),
    on loop: (any EventLoop)? = nil
  ) async -> Document {
    let loop = loop ?? group.next()
    let request = DocumentRequest(user: user, identity: identity, requestID: "test", deadline: .now() + time, eventLoop: loop)
    return await executors[loop].run {
      switch kind {
      case .consolidated: await aggregator.consolidated(request)
      case .summary: await aggregator.summary(request)
      }
    }
  }
}

extension Document {
  /// The document as a tree; throws if there is none.
  var tree: JSONTree {
    get throws {
      guard let bytes else { throw CallFailure(.wrongShape) }
      return try JSONTree(bytes)
    }
  }

  /// The words of `services_status`, in order.
  var words: [String] { sections.map(\.status.rawValue) }
}
