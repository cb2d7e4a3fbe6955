import NIOCore
import NIOPosix
import RedisTestSupport
import Synchronization

@testable import Redis

/// A server that answers each command with what the test says: bytes, nothing, or the end of the connection.
final class FakeRedis: Sendable {
  enum Answer: Sendable {
    case send([UInt8])
    case silence
    case close

    static func send(_ text: String) -> Answer { .send(Array(text.utf8)) }
  }

  enum Event: Sendable, Equatable {
    case accepted(Int)
    /// On the n-th connection, from 0.
    case command(Int, [String])
    case closed(Int)
  }

  let port: Int
  let events = Events<Event>()
  private let channel: any Channel

  /// - Parameter answer: to a command of the n-th connection, from 0. The login and `PING` are answered well where it says nil.
  init(_ answer: @escaping @Sendable (Int, [String]) -> Answer?) async throws {
    let accepted = Mutex(0)
    let events = events
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let index = accepted.withLock { count in
            defer { count += 1 }
            return count
          }
          let handler = FakeRedisHandler(index: index, tell: events.tell, answer: answer)
          try channel.pipeline.syncOperations.addHandler(handler)
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  func stop() async throws { try await channel.close() }

  /// How many connections there were.
  var accepted: Int {
    events.all.filter { if case .accepted = $0 { true } else { false } }.count
  }
}

private final class FakeRedisHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let index: Int
  private let tell: (FakeRedis.Event) -> Void
  private let answer: (Int, [String]) -> FakeRedis.Answer?
  private let reader = RedisReplyReader()

  init(index: Int, tell: @escaping (FakeRedis.Event) -> Void, answer: @escaping (Int, [String]) -> FakeRedis.Answer?) {
    self.index = index
    self.tell = tell
    self.answer = answer
  }

  func channelActive(context: ChannelHandlerContext) { tell(.accepted(index)) }
  func channelInactive(context: ChannelHandlerContext) { tell(.closed(index)) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do {
      try reader.feed(Self.unwrapInboundIn(data))
      while case .array(let words)? = try reader.next() {
        let words = words.map { if case .string(let word) = $0 { String(buffer: word) } else { "" } }
        tell(.command(index, words))
        switch answer(index, words) ?? Self.standard(words) {
        case .send(let bytes): context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        case .silence: break
        case .close: context.close(promise: nil)
        }
      }
    } catch {
      context.close(promise: nil)
    }
  }

  private static func standard(_ words: [String]) -> FakeRedis.Answer {
    switch words.first {
    case "PING": .send("+PONG\r\n")
    case "AUTH", "SELECT", "CLIENT", "ASKING": .send("+OK\r\n")
    default: .send("-ERR unknown command\r\n")
    }
  }
}

/// Starts a fake, runs `body` with a client of it.
func withFake(
  _ answer: @escaping @Sendable (Int, [String]) -> FakeRedis.Answer?,
  change: (inout RedisConfiguration) -> Void = { _ in },
  _ body: (ClientUnderTest, FakeRedis) async throws -> Void
) async throws {
  let fake = try await FakeRedis(answer)
  var configuration = try RedisConfiguration.local(fake.port)
  change(&configuration)
  try await withClient(configuration) { try await body($0, fake) }
  try await fake.stop()
}
