import NIOCore
import NIOPosix
import TestSupport
import Upstreams

/// Replicas of one gateway on one Redis, before one set of services.
struct Fleet: Sendable {
  let fakes: FakeUpstreams
  let replicas: [GatewayUnderTest]

  /// One request to one of them.
  func get(_ target: String, from replica: Int, fields: [(String, String)] = []) async throws -> RawResponse {
    try await RawClient.fetch(port: replicas[replica].port, target, fields: fields)
  }

  /// Calls of that service that brought data.
  func calls(of name: ServiceName) -> Int {
    let stats = fakes.stats(of: name)
    return stats.total - stats.health
  }

  /// Asks for one user after the other, first one replica and then another, until Redis has served that one: then both are connected.
  func connected(
    _ first: Int = 0, _ second: Int = 1, users: ClosedRange<Int> = 1000...9999, within limit: Duration = .seconds(10)
  ) async throws {
    try await within_(limit) { [self] in
      for user in users {
        let target = consolidated + "?user_id=\(user)"
        _ = try await get(target, from: first)
        if try await get(target, from: second).cacheStatus(of: "metrics")?.contains("detail=redis") == true { return }
        try Task.checkCancellation()
      }
    }
  }

  private func within_(_ limit: Duration, _ work: @escaping @Sendable () async throws -> Void) async throws {
    try await IntegrationTests.within(limit, "a hit in Redis", work)
  }

  /// So many requests by so many clients, spread over the replicas; what is not a 200 comes back.
  func crowd(of clients: Int, asking requests: Int, during act: @escaping @Sendable () async throws -> Void = {}) async throws
    -> [Int]
  {
    async let acted: Void = act()
    let answers = try await atOnce(Array(0..<clients)) { [replicas] number in
      let client = try await RawClient.connect(port: replicas[number % replicas.count].port)
      var statuses: [Int] = []
      for request in stride(from: number, to: requests, by: clients) {
        statuses.append(try await client.get(consolidated + "?user_id=\(request % 10 + 1)").status)
      }
      try await client.close()
      return statuses
    }
    try await acted
    return answers.flatMap { $0 }
  }
}

/// Runs the test against so many replicas, and stops everything afterwards, whatever happened.
func withFleet(
  of count: Int = 2, on redis: String, _ setup: StackSetup = .patient,
  _ test: (Fleet) async throws -> Void
) async throws {
  try await Turnstile.machine.pass(taking: setup.places) {
    let fakes = try await FakeUpstreams.start(setup.upstreams, on: MultiThreadedEventLoopGroup.singleton)
    let environment = setup.environment(for: fakes).merging(["TRIBUTARY_CACHE_REDIS_URL": redis]) { given, _ in given }
    var replicas: [GatewayUnderTest] = []
    var failure: (any Error)?
    do {
      for _ in 0..<count {
        replicas.append(try await GatewayUnderTest.start(["--port", "0"] + setup.options, environment: environment))
      }
      try await test(Fleet(fakes: fakes, replicas: replicas))
    } catch { failure = error }
    for replica in replicas {
      do { try await replica.process.stop(within: .seconds(40)) } catch { failure = failure ?? error }
    }
    try await fakes.stop()
    if let failure { throw failure }
  }
}

extension StackSetup {
  /// On a machine that is busy with other things Redis may take its time; what it says then is looked at all the same.
  static let patient = StackSetup(
    caches: true, environment: ["TRIBUTARY_CACHE_REDIS_COMMAND_TIMEOUT": "2s"], places: Turnstile.all)
}

extension RedisServer {
  var url: String { "redis://127.0.0.1:\(port)" }

  /// What it answers a command with, as `redis-cli` writes it: a line an element.
  func ask(_ words: String...) async throws -> [String] {
    let client = try ServerProcess(["redis-cli", "-p", "\(port)"] + words)
    await client.ended()
    return client.output.split(separator: "\n").map(String.init)
  }
}
