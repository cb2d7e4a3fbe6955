import NIOCore
import RedisTestSupport
import TestSupport
import Testing

@testable import Redis

/// Three masters that know of each other, all real.
@Suite(.timeLimit(.minutes(1))) struct TopologyTests {
  private let options = ["cluster-enabled": "yes", "cluster-node-timeout": "5000"]

  /// Asks until it says so: these servers agree among themselves, and tell nobody when they have.
  private func wait(_ client: ClientUnderTest, _ words: [RedisArgument], until isMeant: (RedisReply) -> Bool) async throws {
    while true {
      if case .success(let reply) = await client.send(RedisCommand(words)), isMeant(reply) { return }
      // Nothing to wait for but their clocks: a pause between two questions, which decides nothing.
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func contains(_ text: String) -> (RedisReply) -> Bool {
    { if case .string(let bytes) = $0 { String(buffer: bytes).contains(text) } else { false } }
  }

  @Test func aClustersKeysAreFoundWhereverTheyAre() async throws {
    var servers: [RedisServer] = []
    for _ in 0..<3 { servers.append(try await RedisServer.start(options)) }
    let ranges = [(0, 5460), (5461, 10_922), (10_923, 16_383)]
    for (server, range) in zip(servers, ranges) {
      try await withClient(.local(server.port)) { client in
        let slots = RedisCommand(["CLUSTER", "ADDSLOTSRANGE", .text("\(range.0)"), .text("\(range.1)")])
        #expect(await client.send(slots) == .success(.ok))
        #expect(await client.send("CLUSTER", "MEET", "127.0.0.1", .text("\(servers[0].port)")) == .success(.ok))
      }
    }
    for server in servers {
      try await withClient(.local(server.port)) { client in
        try await wait(client, ["CLUSTER", "INFO"], until: contains("cluster_state:ok"))
        try await wait(client, ["CLUSTER", "INFO"], until: contains("cluster_known_nodes:3"))
      }
    }
    var configuration = try RedisConfiguration.local(servers[0].port)
    configuration.mode = .cluster
    configuration.nodes = [.tcp(host: "127.0.0.1", port: servers[1].port)]
    try await withClient(configuration) { client in
      for number in 0..<200 {
        let key = Array("key:\(number)".utf8)
        #expect(await client.send(.set(key, ByteBuffer(string: "\(number)"), milliseconds: 60_000)) == .success(.ok))
        #expect(await client.send(.get(key)) == .success(.text("\(number)")))
      }
      try await move(slotOf: "key:7", among: servers, client)
      await servers[2].kill()
      let outcomes = await reads(client)
      #expect(outcomes.contains(.success(.text("0"))) || outcomes.contains { $0.error == nil })
      #expect(outcomes.contains { $0.error != nil })
    }
    for server in servers { try await server.stop() }
  }

  private func reads(_ client: ClientUnderTest) async -> [RedisOutcome] {
    var outcomes: [RedisOutcome] = []
    for number in 0..<50 { outcomes.append(await client.send(.get(Array("key:\(number)".utf8)))) }
    return outcomes
  }

  /// A slot moves to the next master, as `redis-cli --cluster reshard` does it: half way, a new key is only found by `ASK`; then by
  /// `MOVED`.
  private func move(slotOf name: String, among servers: [RedisServer], _ cluster: ClientUnderTest) async throws {
    let slot = RedisHashSlot.slot(of: ByteBuffer(string: name))
    let from = slot <= 5460 ? 0 : slot <= 10_922 ? 1 : 2
    let (source, target) = (servers[from], servers[(from + 1) % 3])
    let number = RedisArgument.text("\(slot)")
    try await withClient(.local(source.port)) { source in
      try await withClient(.local(target.port)) { destination in
        guard case .success(.string(let sourceID)) = await source.send("CLUSTER", "MYID"),
          case .success(.string(let targetID)) = await destination.send("CLUSTER", "MYID")
        else { throw RedisError.protocolViolation }
        #expect(await destination.send("CLUSTER", "SETSLOT", number, "IMPORTING", .buffer(sourceID)) == .success(.ok))
        #expect(await source.send("CLUSTER", "SETSLOT", number, "MIGRATING", .buffer(targetID)) == .success(.ok))
        let sibling = Array("{\(name)}new".utf8)
        #expect(await cluster.send(.set(sibling, ByteBuffer(string: "x"), milliseconds: 60_000)) == .success(.ok))
        #expect(await cluster.send(.get(sibling)) == .success(.text("x")))
        let port = RedisArgument.text("\(target.port)")
        #expect(await source.send("MIGRATE", "127.0.0.1", port, .text(name), "0", "5000") == .success(.ok))
        for node in [destination, source] {
          #expect(await node.send("CLUSTER", "SETSLOT", number, "NODE", .buffer(targetID)) == .success(.ok))
        }
        #expect(await cluster.send(.get(sibling)) == .success(.text("x")))
        #expect(await cluster.send(.get(Array(name.utf8))) == .success(.text("7")))
      }
    }
  }
}
