import Glibc
import NIOCore
import NIOPosix
import RedisTestSupport
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(1))) struct SubscriptionTests {
  private typealias Event = RedisSubscription.Event

  private func withSubscription(
    _ configuration: RedisConfiguration, change: (inout RedisSubscription.Options) -> Void = { _ in },
    _ body: (Events<Event>) async throws -> Void
  ) async throws {
    let events = Events<Event>()
    var options = RedisSubscription.Options(channels: ["purge", "other"])
    change(&options)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let subscription = try await RedisSubscription(configuration, options, on: loop, tell: events.tell)
    try await body(events)
    try await subscription.shutDown()
  }

  private func lost(_ event: Event) -> Bool { if case .lost = event { true } else { false } }

  @Test func onlyOneThatWasLiveForAWhileBeginsANewRowOfFailures() {
    #expect(RedisSubscriptionLoop.failures(after: 0, livedFor: nil) == 1)
    #expect(RedisSubscriptionLoop.failures(after: 7, livedFor: nil) == 8)
    #expect(RedisSubscriptionLoop.failures(after: 7, livedFor: .milliseconds(1999)) == 8)
    #expect(RedisSubscriptionLoop.failures(after: 7, livedFor: .seconds(2)) == 1)
    #expect(RedisSubscriptionLoop.failures(after: .max - 1, livedFor: nil) == 1000)
  }

  @Test func whatIsPublishedIsHeard() async throws {
    try await withRedis(["requirepass": "pw"]) { server in
      let configuration = try RedisConfiguration.local(server.port, login: ":pw@")
      try await withSubscription(configuration) { events in
        await events.next { $0 == .live }
        try await withClient(configuration) { client in
          for number in 0..<100 {
            #expect(await client.send(.publish("purge", ByteBuffer(string: "\(number)"))) == .success(.integer(1)))
          }
        }
        await events.next { $0 == .message(channel: "purge", ByteBuffer(string: "99")) }
        #expect(events.all == [.live] + (0..<100).map { .message(channel: "purge", ByteBuffer(string: "\($0)")) })
      }
    }
  }

  @Test func aGapIsToldAndClosedWhenTheServerIsBack() async throws {
    try await withRedis { server in
      try await withSubscription(.local(server.port)) { events in
        await events.next { $0 == .live }
        await server.kill()
        await events.next(lost)
        try await server.launch()
        await events.next { $0 == .live }
        try await withClient(.local(server.port)) { client in
          #expect(await client.send(.publish("other", ByteBuffer(string: "x"))) == .success(.integer(1)))
        }
        await events.next { $0 == .message(channel: "other", ByteBuffer(string: "x")) }
      }
    }
  }

  @Test func aFrozenServerIsNoticed() async throws {
    try await withRedis { server in
      try await withSubscription(.local(server.port), change: { $0.beatEvery = .milliseconds(200) }) { events in
        await events.next { $0 == .live }
        server.signal(SIGSTOP)
        await events.next { $0 == .lost(.timeout) }
        server.signal(SIGCONT)
        await events.next { $0 == .live }
      }
    }
  }

  @Test func aMessageTooLargeIsAGap() async throws {
    try await withRedis { server in
      try await withSubscription(.local(server.port), change: { $0.maxMessageBytes = 1000 }) { events in
        await events.next { $0 == .live }
        try await withClient(.local(server.port)) { client in
          #expect(await client.send(.publish("purge", ByteBuffer(repeating: 0, count: 1001))) == .success(.integer(1)))
        }
        await events.next { $0 == .lost(.protocolViolation) }
        await events.next { $0 == .live }
      }
    }
  }
}
