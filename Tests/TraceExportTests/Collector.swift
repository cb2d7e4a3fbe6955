import NIOCore
import NIOHTTP1
import NIOPosix

@testable import TraceExport

/// A collector that keeps what it is sent.
final class Collector: Sendable {
  struct Request: Sendable {
    let line: String
    let fields: [String: String]
    let body: [UInt8]
  }

  let port: Int
  private let channel: any Channel
  private let requests: AsyncStream<Request>

  private init(_ channel: any Channel, _ requests: AsyncStream<Request>) {
    self.channel = channel
    self.requests = requests
    port = channel.localAddress?.port ?? 0
  }

  static func start(status: Int = 200) async throws -> Collector {
    let (requests, found) = AsyncStream.makeStream(of: Request.self)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(CollectorHandler(status) { found.yield($0) })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return Collector(channel, requests)
  }

  /// The next one that came.
  func request() async -> Request {
    for await request in requests { return request }
    return Request(line: "", fields: [:], body: [])
  }

  func stop() async throws { try await channel.close() }

  /// `resource_spans` › `scope_spans` › `spans` › `name`.
  static func spanNames(_ body: [UInt8]) -> [String] {
    [1, 2, 2, 5].reduce([body[...]]) { messages, number in messages.flatMap { Self.fields(number, of: $0) } }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func fields(_ number: UInt64, of message: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var (reader, found) = (ProtobufReader(message), [ArraySlice<UInt8>]())
    while let field = reader.next() {
      if field.number == number, case .delimited(let bytes) = field.value { found.append(bytes) }
    }
    return found
  }
}

private final class CollectorHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let status: Int
  private let received: (Collector.Request) -> Void
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(_ status: Int, _ received: @escaping (Collector.Request) -> Void) {
    self.status = status
    self.received = received
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): (self.head, body) = (head, [])
    case .body(let part): body += part.readableBytesView
    case .end:
      guard let head else { return }
      let fields = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
      received(Collector.Request(line: "\(head.method) \(head.uri)", fields: fields, body: body))
      let answer = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: ["content-length": "0"])
      context.write(wrapOutboundOut(.head(answer)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
}
