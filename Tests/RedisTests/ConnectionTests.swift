import NIOCore
import NIOPosix
import RedisTestSupport
import Testing

@testable import Redis

/// The client against servers that do not do what they should.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
  private static func hello(_ words: [String]) -> FakeRedis.Answer? { words[0] == "GET" ? .send("$5\r\nhello\r\n") : nil }

  @Test func theFirstCommandConnectsAndIsAnswered() async throws {
    try await withFake({ Self.hello($1) }) { client, fake in
      #expect(await client.status.isConnected == false)
      #expect(await client.send("GET", "k") == .success(.text("hello")))
      #expect(await client.status == RedisStatus(isConnected: true, circuit: .closed, lastError: nil, outstanding: 0))
      #expect(fake.accepted == 1)
    }
  }

  @Test func commandsShareTheConnectionInOrder() async throws {
    try await withFake({ $1[0] == "ECHO" ? .send("$\($1[1].count)\r\n\($1[1])\r\n") : nil }) { client, fake in
      let (loop, redis) = (client.loop, client.client)
      let all = loop.flatSubmit { () -> EventLoopFuture<[RedisReply]> in
        EventLoopFuture.whenAllSucceed(
          (0..<500).map { number in
            let promise = loop.makePromise(of: RedisReply.self)
            redis.send(RedisCommand(["ECHO", .text("\(number)")]), on: loop) { promise.completeWith($0.mapError { $0 }) }
            return promise.futureResult
          }, on: loop)
      }
      let replies = try await all.get()
      #expect(replies == (0..<500).map { .text("\($0)") })
      #expect(fake.accepted == 1)
    }
  }

  /// Garbage, announced giants, nesting, and replies that nobody asked for: each costs its connection, and the next one serves.
  @Test(arguments: [
    "hello\r\n", "$99999999999\r\n", "$9223372036854775807\r\n", "*4294967296\r\n", "*2147483647\r\n", "$-5\r\n", "*-7\r\n",
    String(repeating: "*1\r\n", count: 9), "+" + String(repeating: "x", count: 10_000),
    ":" + String(repeating: "9", count: 100) + "\r\n",
  ]) func aConfusedServerCostsItsConnectionOnly(text: String) async throws {
    try await withFake({ index, words in words[0] != "GET" ? nil : index == 0 ? .send(text) : .send("$5\r\nhello\r\n") }) {
      client, fake in
      #expect(await client.send("GET", "k") == .failure(.protocolViolation))
      await fake.events.next { $0 == .closed(0) }
      await client.connected()
      await client.connected()
      #expect(await client.send("GET", "k") == .success(.text("hello")))
    }
  }

  @Test func aReplyTooManyIsGivenToNobody() async throws {
    try await withFake({ index, words in
      words[0] != "GET" ? nil : index == 0 ? .send("$5\r\nhello\r\n$6\r\nforged\r\n") : .send("$5\r\nhello\r\n")
    }) { client, fake in
      #expect(await client.send("GET", "k") == .success(.text("hello")))
      await fake.events.next { $0 == .closed(0) }
      await client.connected()
      await client.connected()
      #expect(await client.send("GET", "k") == .success(.text("hello")))
      #expect(await client.status.lastError == .protocolViolation)
    }
  }

  @Test func aSilentServerIsLeftAtTheDeadline() async throws {
    try await withFake({ index, words in words[0] == "GET" ? index == 0 ? .silence : .send("$5\r\nhello\r\n") : nil }) {
      client, fake in
      #expect(await client.send("PING") == .success(.status("PONG")))
      let start = NIODeadline.now()
      let loop = client.loop
      let outcome: RedisError? = await {
        do throws(RedisError) {
          _ = try await client.client.send(RedisCommand(["GET", "k"]), on: loop, until: start + .milliseconds(30))
          return nil
        } catch { return error }
      }()
      #expect(outcome == .timeout && NIODeadline.now() - start >= .milliseconds(30))
      await fake.events.next { $0 == .closed(0) }
      await client.connected()
      await client.connected()
      #expect(await client.send("GET", "k") == .success(.text("hello")))
    }
  }

  @Test func aServerThatNeverAnswersTheLoginIsUnavailableWithoutAWait() async throws {
    try await withFake({ _, _ in .silence }, change: { $0.connectTimeout = .milliseconds(40) }) { client, fake in
      #expect(await client.send("GET", "k") == .failure(.timeout))
      await client.disconnected()
      #expect(await client.send("GET", "k") == .failure(.unavailable))
      await client.disconnected()
      await fake.events.next { $0 == .accepted(1) }
    }
  }

  @Test func aCommandOfAConnectionThatDiesIsUnavailable() async throws {
    try await withFake({ index, words in words[0] == "GET" ? index == 0 ? .close : .send("$5\r\nhello\r\n") : nil }) {
      client, _ in
      #expect(await client.send("GET", "k") == .failure(.unavailable))
      await client.connected()
      await client.connected()
      #expect(await client.send("GET", "k") == .success(.text("hello")))
    }
  }

  @Test func aCancelledCommandsConnectionIsNotUsedAgain() async throws {
    try await withFake({ index, words in
      words[0] != "GET" ? nil : index == 0 ? .silence : .send("$\(words[1].count)\r\n\(words[1])\r\n")
    }) { client, fake in
      let first = Task { await client.send("GET", "first") }
      await fake.events.next { $0 == .command(0, ["GET", "first"]) }
      first.cancel()
      #expect(await first.value == .failure(.cancelled))
      #expect(await client.send("GET", "second") == .success(.text("second")))
      await fake.events.next { $0 == .closed(0) }
      #expect(fake.accepted == 2)
      #expect(await client.status.circuit == .closed)
    }
  }

  @Test func aTaskThatIsCancelledAlreadySendsNothing() async throws {
    try await withFake({ Self.hello($1) }) { client, fake in
      let gate = Events<Void>()
      let task = Task {
        await gate.next { true }
        return await client.send("GET", "k")
      }
      task.cancel()
      gate.tell(())
      #expect(await task.value == .failure(.cancelled))
      #expect(await client.send("PING") == .success(.status("PONG")))
      #expect(!fake.events.all.contains { $0 == .command(0, ["GET", "k"]) })
    }
  }

  @Test func aTestWhoseTimeIsOverStopsAsking() async throws {
    let fake = try await FakeRedis { _, _ in nil }
    try await fake.stop()
    try await withClient(.local(fake.port)) { client in
      let task = Task { try await client.send(.ping, until: .success(.status("PONG"))) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func noMoreThanTheBoundIsSent() async throws {
    try await withFake({ $1[0] == "GET" ? .silence : nil }, change: { $0.maxOutstanding = 2 }) { client, fake in
      #expect(await client.send("PING") == .success(.status("PONG")))
      let first = Task { await client.send("GET", "1") }
      let second = Task { await client.send("GET", "2") }
      for _ in 0..<2 { await fake.events.next { if case .command(_, let words) = $0 { words[0] == "GET" } else { false } } }
      #expect(await client.send("GET", "3") == .failure(.overloaded))
      try await client.client.shutDown()
      #expect(await first.value == .failure(.shutDown))
      #expect(await second.value == .failure(.shutDown))
      #expect(await client.send("GET", "4") == .failure(.shutDown))
    }
  }

  @Test func whatWaitsForTheFirstConnectionIsBoundedInBytesToo() async throws {
    let fake = try await FakeRedis { _, _ in .silence }
    let (port, loop) = (fake.port, MultiThreadedEventLoopGroup.singleton.next())
    let outcomes = try await loop.submit { () -> [[RedisOutcome]] in
      var setup = RedisSetup()
      setup.maxOutstandingBytes = 100
      let address = FixedAddress(.tcp(host: "127.0.0.1", port: port))
      let node = RedisNode(address: address, setup: setup, eventLoop: loop)
      var outcomes: [RedisOutcome] = []
      for size in [200, 1] {
        let command = RedisCommand(["ECHO", .bytes([UInt8](repeating: 0, count: size))])
        node.send(RedisCall(command, until: .now() + .minutes(1)) { outcomes.append($0) })
      }
      let early = outcomes
      node.shutDown()
      return [early, outcomes]
    }.get()
    #expect(outcomes == [[.failure(.overloaded)], [.failure(.overloaded), .failure(.shutDown)]])
    try await fake.stop()
  }

  @Test func aCommandTooLargeIsNotSent() async throws {
    try await withFake({ _, _ in nil }) { client, fake in
      let value = ByteBuffer(repeating: 0, count: RedisCommand.maxBytes)
      #expect(await client.send(.set([1], value, milliseconds: 1)) == .failure(.overloaded))
      #expect(fake.accepted == 0)
    }
  }

  @Test func nobodyListeningIsUnavailableAtOnce() async throws {
    let fake = try await FakeRedis { _, _ in nil }
    try await fake.stop()
    try await withClient(.local(fake.port)) { client in
      #expect(await client.send("GET", "k") == .failure(.unavailable))
      #expect(await client.status == RedisStatus(isConnected: false, circuit: .closed, lastError: .unavailable, outstanding: 0))
    }
  }

  @Test func aFrozenServerCostsAFewCommandsOnly() async throws {
    try await withFake({ $1[0] == "GET" ? .silence : nil }, change: { $0.commandTimeout = .milliseconds(20) }) { client, fake in
      try await client.client.warm()
      await client.connected()
      var late = 0
      // It answers each login and nothing else: each new connection costs one command, until the breaker opens.
      while await client.status.circuit == .closed {
        try Task.checkCancellation()
        if await client.send("GET", "k") == .failure(.timeout) { late += 1 }
      }
      #expect((1...5).contains(late))
      for _ in 0..<20 { #expect(await client.send("GET", "k") == .failure(.unavailable)) }
    }
  }

  @Test func whatSomebodyWaitsForIsNotSentToAServerThatIsSilent() async throws {
    // With room for one command, the second is too many as long as the server is trusted. Deadlines are far away.
    let change = { (configuration: inout RedisConfiguration) in
      (configuration.commandTimeout, configuration.maxOutstanding) = (.seconds(5), 1)
    }
    try await withFake({ $1[0] == "GET" ? .silence : nil }, change: change) { client, fake in
      try await client.client.warm()
      await client.connected()
      let first = Task { await client.send("GET", "k") }
      await fake.events.next { if case .command(_, let words) = $0 { words[0] == "GET" } else { false } }
      var outcome = RedisOutcome.failure(.overloaded)
      while outcome == .failure(.overloaded) {
        try Task.checkCancellation()
        await Task.yield()
        outcome = await client.sendIfResponsive(.get([1]))
      }
      #expect(outcome == .failure(.unavailable))
      // The connection and the breaker are as they were: what nobody waits for is still let through to it.
      #expect(await client.status == RedisStatus(isConnected: true, circuit: .closed, lastError: .overloaded, outstanding: 1))
      #expect(await client.send("GET", "k") == .failure(.overloaded))
      try await client.client.shutDown()
      #expect(await first.value == .failure(.shutDown))
    }
  }

  @Test func aRedirectionIsFollowedOnceInACluster() async throws {
    let target = try await FakeRedis { _, words in
      switch words[0] {
      case "GET" where words[1] == "foo": .send("$3\r\nbar\r\n")
      case "GET": .send("-MOVED 5061 127.0.0.1:1\r\n")
      case "CLUSTER": .send("-ERR no\r\n")
      default: nil
      }
    }
    let port = target.port
    try await withFake(
      { _, words in
        switch words[0] {
        case "GET" where words[1] == "foo": .send("-ASK 12182 127.0.0.1:\(port)\r\n")
        case "GET": .send("-MOVED 5061 127.0.0.1:\(port)\r\n")
        case "CLUSTER": .send("-ERR no\r\n")
        default: nil
        }
      }, change: { $0.mode = .cluster }
    ) { client, _ in
      #expect(await client.send(.get(Array("foo".utf8))) == .success(.text("bar")))
      await target.events.next { $0 == .command(0, ["ASKING"]) }
      await target.events.next { $0 == .command(0, ["GET", "foo"]) }
      let twice = await client.send(.get(Array("bar".utf8)))
      #expect(twice.error?.word == "moved")
    }
    try await target.stop()
  }

  @Test func whateverSentinelsSayIsSurvived() async throws {
    let master = try await FakeRedis { _, words in Self.hello(words) }
    let port = master.port
    let answers = ["*-1\r\n", "*2\r\n$1\r\nh\r\n:1\r\n", "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n99999\r\n", "garbage\r\n", "+OK\r\n"]
    var fakes: [FakeRedis] = []
    for answer in answers { fakes.append(try await FakeRedis { $1[0] == "SENTINEL" ? .send(answer) : nil }) }
    fakes.append(
      try await FakeRedis {
        $1 == ["SENTINEL", "get-master-addr-by-name", "main"]
          ? .send("*2\r\n$9\r\n127.0.0.1\r\n$\("\(port)".count)\r\n\(port)\r\n") : nil
      })
    var configuration = try RedisConfiguration.local(1)
    configuration.mode = .sentinel
    configuration.master = "main"
    configuration.nodes = fakes.map { .tcp(host: "127.0.0.1", port: $0.port) }
    try await withClient(configuration) { client in
      #expect(await client.send("GET", "k") == .success(.text("hello")))
    }
    for fake in fakes + [master] { try await fake.stop() }
  }

  @Test func aMasterThatBecameAReplicaIsAskedAfterAgain() async throws {
    let replica = try await FakeRedis {
      $1[0] == "SET" ? .send("-READONLY You can't write against a read only replica.\r\n") : nil
    }
    let master = try await FakeRedis { $1[0] == "SET" ? .send("+OK\r\n") : nil }
    let ports = ["\(replica.port)", "\(master.port)"]
    let sentinel = try await FakeRedis { index, words in
      guard words[0] == "SENTINEL" else { return nil }
      let port = ports[min(index, 1)]
      return .send("*2\r\n$9\r\n127.0.0.1\r\n$\(port.utf8.count)\r\n\(port)\r\n")
    }
    var configuration = try RedisConfiguration.local(1)
    configuration.mode = .sentinel
    configuration.nodes = [.tcp(host: "127.0.0.1", port: sentinel.port)]
    try await withClient(configuration) { client in
      let set = RedisCommand.set([1], ByteBuffer(string: "v"), milliseconds: 1000)
      #expect(await client.send(set) == .failure(.readOnly))
      #expect(await client.send(set) == .success(.ok))
      await replica.events.next { $0 == .closed(0) }
    }
    for fake in [sentinel, master, replica] { try await fake.stop() }
  }
}
