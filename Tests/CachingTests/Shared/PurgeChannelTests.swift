import NIOCore
import NIOPosix
import Redis
import RedisTestSupport
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Caching

/// A replica that purges and hears of purges.
private struct Replica: Sendable {
  let client: RedisClient
  let channel: PurgeChannel
  let events: Events<PurgeMarks>
  let troubles: Events<SharedLevelEvent>

  init(_ configuration: RedisConfiguration, change: (inout PurgeChannel.Options) -> Void = { _ in }) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    client = try await RedisClient(configuration, group: loop)
    events = Events()
    troubles = Events()
    var options = PurgeChannel.Options()
    options.secret = Array("deployment".utf8)
    options.pause = .milliseconds(100)
    change(&options)
    channel = try await PurgeChannel(
      client: client, configuration: configuration, options: options, on: loop, tell: troubles.tell, received: events.tell)
  }

  /// Listens, and knows all that was kept.
  func ready() async throws {
    while try await !channel.statistics.isCaughtUp {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  func hears(_ tag: String) async {
    await events.next { $0.tags[tag] != nil || $0.all != PurgeMarks.Mark() && tag == PurgeMarks.everything }
  }

  func purge(_ tags: String..., at moment: Timestamp = .now()) async -> RedisError? {
    var marks = PurgeMarks()
    for tag in tags { marks.purge(tag, mode: .hard, at: moment) }
    if case .failure(let error) = await channel.spread(marks) { return error }
    return nil
  }

  func stop() async throws {
    try await channel.shutDown()
    try await client.shutDown()
  }
}

@Suite(.timeLimit(.minutes(1))) struct PurgeChannelTests {
  @Test func aPurgeReachesTheOthersAndNotItsOwner() async throws {
    try await withRedis { server in
      var replicas: [Replica] = []
      for _ in 0..<3 { replicas.append(try await Replica(.local(server.port))) }
      for replica in replicas { try await replica.ready() }
      let moment = Timestamp.now()
      #expect(await replicas[0].purge("users", "user:7", at: moment) == nil)
      for replica in replicas.dropFirst() {
        await replica.hears("users")
        #expect(replica.events.all.map { $0.tags["user:7"]?.hard } == [moment])
      }
      // What it has sent itself comes back before what another sends after it.
      #expect(await replicas[1].purge("sales") == nil)
      await replicas[0].hears("sales")
      #expect(replicas[0].events.all.count == 1)
      for replica in replicas { try await replica.stop() }
    }
  }

  @Test func whoeverComesLaterCatchesUp() async throws {
    try await withRedis { server in
      let first = try await Replica(.local(server.port))
      let moment = Timestamp.now()
      #expect(await first.purge("users", at: moment) == nil)
      let second = try await Replica(.local(server.port))
      try await second.ready()
      #expect(second.events.all.map { $0.tags["users"]?.hard } == [moment])
      for replica in [first, second] { try await replica.stop() }
    }
  }

  @Test func aGapIsCaughtUpOn() async throws {
    try await withRedis { server in
      let (first, second) = (try await Replica(.local(server.port)), try await Replica(.local(server.port)))
      for replica in [first, second] { try await replica.ready() }
      // Keeps it without publishing: as if nobody had been listening just then.
      var marks = PurgeMarks()
      marks.purge("users", mode: .hard, at: .now())
      let codec = PurgeCodec(secret: Array("deployment".utf8), prefix: "tributary:")
      let message = try #require(codec.encode(marks, sender: 1).first)
      try await withClient(.local(server.port)) { client in
        let kept = try await client.client.run(
          PurgeScripts.keep, keys: [Array("tributary:purges".utf8)], arguments: [60_000, 1000, 0, .buffer(message)],
          on: client.loop)
        #expect(kept == .integer(0))
        #expect(await client.send("CLIENT", "KILL", "TYPE", "pubsub") == .success(.integer(2)))
      }
      for replica in [first, second] {
        await replica.hears("users")
        try await replica.ready()
        try await replica.stop()
      }
    }
  }

  @Test func whatCouldNotBeSpreadIsSpreadLater() async throws {
    try await withRedis { server in
      let (first, second) = (try await Replica(.local(server.port)), try await Replica(.local(server.port)))
      for replica in [first, second] { try await replica.ready() }
      await server.kill()
      #expect(await first.purge("users") != nil)
      #expect(try await first.channel.statistics.pendingTags == 1)
      try await server.launch()
      await second.hears("users")
      for replica in [first, second] { try await replica.stop() }
    }
  }

  @Test func aClockThatIsAheadPurgesNothingToCome() async throws {
    try await withRedis { server in
      let (first, second) = (try await Replica(.local(server.port)), try await Replica(.local(server.port)))
      for replica in [first, second] { try await replica.ready() }
      #expect(await first.purge("users", at: Timestamp(milliseconds: .max)) == nil)
      await second.hears("users")
      let later = Timestamp(milliseconds: Timestamp.now().milliseconds + Freshness.clockSkew + 1)
      #expect(second.events.all.allSatisfy { $0.verdict(fetchedAt: later, tags: ["users"]) == .ok })
      for replica in [first, second] { try await replica.stop() }
    }
  }

  @Test func hostileMessagesCostNothingButThemselves() async throws {
    try await withRedis { server in
      let (first, second) = (try await Replica(.local(server.port)), try await Replica(.local(server.port)))
      for replica in [first, second] { try await replica.ready() }
      try await withClient(.local(server.port)) { client in
        for bytes in [ByteBuffer(), ByteBuffer(string: "TRBP"), ByteBuffer(repeating: 7, count: 500_000)] {
          #expect(await client.send(.publish("tributary:purge:0", bytes)) == .success(.integer(2)))
        }
        // Larger than a subscription takes: a gap, and caught up on.
        let huge = ByteBuffer(repeating: 7, count: 2 << 20)
        #expect(await client.send(.publish("tributary:purge:0", huge)) == .success(.integer(2)))
        for member in ["junk", String(repeating: "x", count: 100_000)] {
          #expect(await client.send("ZADD", "tributary:purges", "1", .text(member)) == .success(.integer(1)))
        }
      }
      #expect(await first.purge("users") == nil)
      await second.hears("users")
      try await second.ready()
      let statistics = try await second.channel.statistics
      #expect(statistics.refusals[.malformed, default: 0] >= 2 && statistics.refusals[.size, default: 0] >= 1)
      #expect(second.events.all.allSatisfy { Array($0.tags.keys) == ["users"] })
      for replica in [first, second] { try await replica.stop() }
    }
  }

  @Test func aDeploymentWithAnotherSecretIsNotHeard() async throws {
    try await withRedis { server in
      let stranger = try await Replica(.local(server.port)) { $0.secret = Array("another".utf8) }
      let (first, second) = (try await Replica(.local(server.port)), try await Replica(.local(server.port)))
      for replica in [stranger, first, second] { try await replica.ready() }
      #expect(await stranger.purge("users") == nil)
      #expect(await first.purge("sales") == nil)
      await second.hears("sales")
      #expect(second.events.all.allSatisfy { $0.tags["users"] == nil })
      #expect(try await second.channel.statistics.refusals == [.signature: 1])
      #expect(second.troubles.all == [.purgeRefused(.signature)])
      for replica in [stranger, first, second] { try await replica.stop() }
    }
  }

  @Test func moreThanRedisKeepsBecomesAPurgeOfEverythingBefore() async throws {
    try await withRedis { server in
      let first = try await Replica(.local(server.port)) { $0.maxMessages = 20 }
      try await first.ready()
      let start = Timestamp.now()
      for number in 0..<60 { #expect(await first.purge("user:\(number)") == nil) }
      let late = try await Replica(.local(server.port)) { $0.maxMessages = 20 }
      try await late.ready()
      var all = PurgeMarks()
      for marks in late.events.all { all.merge(marks) }
      for number in 0..<60 { #expect(all.verdict(fetchedAt: start, tags: ["user:\(number)"]) == .gone) }
      #expect(all.all.hard != nil && all.all.hard.map { $0 >= start } == true)
      try await withClient(.local(server.port)) { client in
        guard case .success(.integer(let count)) = await client.send("ZCARD", "tributary:purges") else {
          throw RedisError.unavailable
        }
        #expect(count <= 20)
      }
      for replica in [first, late] { try await replica.stop() }
    }
  }

  @Test func messagesOfAFutureAndOfLongAgoAreForgotten() async throws {
    try await withRedis { server in
      let first = try await Replica(.local(server.port))
      try await withClient(.local(server.port)) { client in
        for score in ["1", "inf", "1e300", "-inf"] {
          #expect(await client.send("ZADD", "tributary:purges", .text(score), .text(score)) == .success(.integer(1)))
        }
        #expect(await first.purge("users") == nil)
        #expect(await client.send("ZCARD", "tributary:purges") == .success(.integer(1)))
        guard case .success(.integer(let left)) = await client.send("PTTL", "tributary:purges") else {
          throw RedisError.unavailable
        }
        #expect((3_000_000...3_600_000).contains(left))
      }
      try await first.stop()
    }
  }

  @Test func aClusterSpreadsPurgesToo() async throws {
    try await withRedis(["cluster-enabled": "yes", "cluster-port": "\(try await RedisServer.freePort())"]) { server in
      try await withClient(.local(server.port)) { client in
        #expect(await client.send("CLUSTER", "ADDSLOTSRANGE", "0", "16383") == .success(.ok))
        try await client.send(.get(Array("x".utf8)), until: .success(.null))
      }
      var redis = try RedisConfiguration.local(server.port)
      redis.mode = .cluster
      let (first, second) = (try await Replica(redis), try await Replica(redis))
      for replica in [first, second] { try await replica.ready() }
      #expect(await first.purge("users") == nil)
      await second.hears("users")
      for replica in [first, second] { try await replica.stop() }
    }
  }

  @Test func aUserWithJustTheRights() async throws {
    let rights = "+zadd +zcard +zrange +zrevrange +zremrangebyscore +pexpire +time +eval +evalsha +publish +subscribe +ping"
    try await withRedis(["user": "cache on >pw ~tributary:* &tributary:* \(rights)"]) { server in
      let redis = try RedisConfiguration.local(server.port, login: "cache:pw@")
      let (first, second) = (try await Replica(redis), try await Replica(redis))
      for replica in [first, second] { try await replica.ready() }
      #expect(await first.purge("users") == nil)
      await second.hears("users")
      for replica in [first, second] { try await replica.stop() }
    }
  }
}
