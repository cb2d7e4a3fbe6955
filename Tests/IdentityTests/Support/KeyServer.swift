import NIOCore
import NIOPosix
import Synchronization

/// An issuer that publishes what the test gives it, one answer to a connection, and counts how often it was asked.
final class KeyServer: Sendable {
  /// Status and body; nil: it does not answer.
  typealias Answer = (status: Int, body: String)

  private let channel: any Channel
  private let shared: Shared

  private final class Shared: Sendable {
    let answer = Mutex<Answer?>(nil)
    let asked = Mutex(0)
  }

  private init(_ channel: any Channel, _ shared: Shared) { (self.channel, self.shared) = (channel, shared) }

  static func start(_ answer: Answer?, on group: any EventLoopGroup) async throws -> KeyServer {
    let shared = Shared()
    shared.answer.withLock { $0 = answer }
    let channel = try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(shared)) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return KeyServer(channel, shared)
  }

  var port: Int { channel.localAddress?.port ?? 0 }
  var asked: Int { shared.asked.withLock { $0 } }

  func publish(_ answer: Answer?) { shared.answer.withLock { $0 = answer } }
  func publish(_ keys: [String]) { publish((200, Self.document(keys))) }
  func stop() async throws { try await channel.close().get() }

  static func document(_ keys: [String]) -> String { "{\"keys\":[\(keys.joined(separator: ","))]}" }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let shared: Shared
    private var received: [UInt8] = []

    init(_ shared: Shared) { self.shared = shared }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += Array(unwrapInboundIn(data).readableBytesView)
      guard received.suffix(4) == [13, 10, 13, 10] else { return }
      received = []
      shared.asked.withLock { $0 += 1 }
      guard let answer = shared.answer.withLock({ $0 }) else { return }
      let text =
        "HTTP/1.1 \(answer.status) X\r\ncontent-length: \(answer.body.utf8.count)\r\nconnection: close\r\n\r\n\(answer.body)"
      let context = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in
        context.value.close(promise: nil)
      }
    }
  }
}
