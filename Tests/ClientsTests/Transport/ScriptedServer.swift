import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A raw TCP (or TLS) server on a loopback address that plays a script on each connection, and tells what it sees.
final class ScriptedServer: Sendable {
  enum Step: Sendable {
    /// Waits for a whole request: head, and as much body as `Content-Length` says.
    case request
    /// Waits for the head of a request, and reads nothing after it.
    case head
    case send([UInt8])
    /// Waits until the test says `resume()`.
    case pause
    case close
    /// Closes with a TCP reset.
    case reset

    static func send(_ text: String) -> Step { .send(Array(text.utf8)) }
  }

  enum Event: Sendable, Equatable {
    case accepted(Int)
    case request(Int, String)
    /// The peer has closed, or the script has.
    case closed(Int)
    case paused(Int)
  }

  let port: Int
  private let channel: any Channel
  private let group: MultiThreadedEventLoopGroup
  private let events: AsyncStream<Event>
  private let tell: AsyncStream<Event>.Continuation
  private let paused: Mutex<[NIOLoopBound<ScriptPlayer>]>

  /// - Parameter script: what to play on the n-th connection, from 0.
  static func start(
    host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil, script: @escaping @Sendable (Int) -> [Step]
  ) async throws -> ScriptedServer {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let (events, tell) = AsyncStream.makeStream(of: Event.self)
    let accepted = Mutex(0)
    let box = Box()
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let index = accepted.withLock { n in
            defer { n += 1 }
            return n
          }
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          let player = ScriptPlayer(index: index, steps: script(index), tell: tell) { box.paused($0) }
          try channel.pipeline.syncOperations.addHandler(player)
        }
      }
      .bind(to: SocketAddress(ipAddress: host, port: port)).get()
    return ScriptedServer(channel, group, events, tell, box)
  }

  private init(
    _ channel: any Channel, _ group: MultiThreadedEventLoopGroup, _ events: AsyncStream<Event>,
    _ tell: AsyncStream<Event>.Continuation, _ box: Box
  ) {
    self.port = channel.localAddress?.port ?? 0
    self.channel = channel
    self.group = group
    self.events = events
    self.tell = tell
    self.paused = Mutex([])
    self.box = box
  }

  private let box: Box

  /// Waits for an event, past all before it.
  func event(_ isMeant: @Sendable (Event) -> Bool) async {
    for await event in events where isMeant(event) { return }
  }

  func event(_ event: Event) async { await self.event { $0 == event } }

  /// What has happened since the last event that was waited for; nothing is told after that.
  func history() async -> [Event] {
    tell.finish()
    return await events.reduce(into: []) { $0.append($1) }
  }

  /// Goes on with every script that pauses.
  func resume() {
    for player in box.takePaused() { player.eventLoop.execute { player.value.resume() } }
  }

  /// Nobody is accepted any more; what was accepted goes on.
  func stopAccepting() async throws { try await channel.close() }

  func stop() async throws { try await group.shutdownGracefully() }

  final class Box: Sendable {
    private let players = Mutex<[NIOLoopBound<ScriptPlayer>]>([])
    func paused(_ player: NIOLoopBound<ScriptPlayer>) { players.withLock { $0.append(player) } }
    func takePaused() -> [NIOLoopBound<ScriptPlayer>] {
      players.withLock { players in
        defer { players = [] }
        return players
      }
    }
  }
}

final class ScriptPlayer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let index: Int
  private var steps: ArraySlice<ScriptedServer.Step>
  private let tell: AsyncStream<ScriptedServer.Event>.Continuation
  private let onPause: @Sendable (NIOLoopBound<ScriptPlayer>) -> Void
  private var received = ByteBuffer()
  private var context: ChannelHandlerContext?
  private var isPaused = false

  init(
    index: Int, steps: [ScriptedServer.Step], tell: AsyncStream<ScriptedServer.Event>.Continuation,
    onPause: @escaping @Sendable (NIOLoopBound<ScriptPlayer>) -> Void
  ) {
    self.index = index
    self.steps = steps[...]
    self.tell = tell
    self.onPause = onPause
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { channelActive(context: context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    tell.yield(.accepted(index))
    play()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(Self.unwrapInboundIn(data))
    play()
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    tell.yield(.closed(index))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func resume() {
    isPaused = false
    play()
  }

  private func play() {
    while let context, !isPaused, let step = steps.first {
      switch step {
      case .request:
        guard let request = takeRequest() else { return }
        tell.yield(.request(index, request))
      case .head:
        guard String(buffer: received).contains("\r\n\r\n") else { return }
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        tell.yield(.request(index, ""))
      case .send(let bytes):
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      case .pause:
        isPaused = true
        onPause(NIOLoopBound(self, eventLoop: context.eventLoop))
        tell.yield(.paused(index))
      case .close:
        context.close(promise: nil)
      case .reset:
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        context.close(promise: nil)
      }
      steps = steps.dropFirst()
    }
  }

  private func takeRequest() -> String? {
    let text = String(buffer: received)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
    let length = text[..<end.lowerBound].split(separator: "\r\n").compactMap { line -> Int? in
      let field = line.split(separator: ":", maxSplits: 1)
      guard field.count == 2, field[0].lowercased() == "content-length" else { return nil }
      return Int(field[1].filter { $0 != " " })
    }
    let size = text[..<end.upperBound].utf8.count + (length.first ?? 0)
    return received.readString(length: size)
  }
}
