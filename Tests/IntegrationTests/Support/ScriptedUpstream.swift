import NIOCore
import NIOHTTP1
import NIOPosix

/// A server that answers what the test says, and remembers what it was asked.
final class ScriptedUpstream: Sendable {
  struct Request: Sendable {
    let method: String
    let target: String
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
  }

  struct Reply: Sendable {
    var status = 200
    var fields: [(String, String)] = [("content-type", "application/json")]
    var body: [UInt8]
    /// Closes after so many bytes of the body, of which the whole length was promised.
    var cutAfter: Int?
  }

  let port: Int
  let requests: Awaited<[Request]>
  private let channel: any Channel

  private init(_ channel: any Channel, port: Int, requests: Awaited<[Request]>) {
    self.channel = channel
    self.port = port
    self.requests = requests
  }

  var url: String { "http://127.0.0.1:\(port)" }

  private static func start(
    remembers: Bool, _ answer: @escaping @Sendable (Request) -> Reply
  ) async throws -> ScriptedUpstream {
    let requests = Awaited<[Request]>([])
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(ChannelOptions.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try channel.pipeline.syncOperations.addHandler(
            ScriptHandler { request in
              if remembers { requests.change { $0.append(request) } }
              return answer(request)
            })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedUpstream(channel, port: channel.localAddress?.port ?? 0, requests: requests)
  }

  /// Runs the test against such a server on a free port, and closes it afterwards.
  static func with(
    remembers: Bool = true, answer: @escaping @Sendable (Request) -> Reply, test: (ScriptedUpstream) async throws -> Void
  ) async throws {
    let server = try await start(remembers: remembers, answer)
    do {
      try await test(server)
    } catch {
      try await server.channel.close()
      throw error
    }
    try await server.channel.close()
  }
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let answer: (ScriptedUpstream.Request) -> ScriptedUpstream.Reply
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(_ answer: @escaping (ScriptedUpstream.Request) -> ScriptedUpstream.Reply) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let part): body += part.readableBytesView
    case .end:
      guard let head else { return }
      let fields = head.headers.map { (name: $0.name.lowercased(), value: $0.value) }
      let request = ScriptedUpstream.Request(method: head.method.rawValue, target: head.uri, fields: fields, body: body)
      write(answer(request), context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func write(_ reply: ScriptedUpstream.Reply, _ context: ChannelHandlerContext) {
    var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: reply.status))
    for (name, value) in reply.fields { head.headers.add(name: name, value: value) }
    head.headers.add(name: "content-length", value: String(reply.body.count))
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let body = reply.cutAfter.map { reply.body.prefix($0) } ?? reply.body[...]
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    guard reply.cutAfter == nil else {
      context.flush()
      context.close(promise: nil)
      return
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
