import NIOCore
import NIOPosix

/// An HTTP client over one socket that hides nothing: no retries, no reconnects, no fields of its own but `host`.
final class RawClient: Sendable {
  private let channel: any Channel

  private init(_ channel: any Channel) { self.channel = channel }

  static func connect(port: Int) async throws -> RawClient {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(5))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ConversationHandler()) }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel)
  }

  func close() async throws {
    do { try await channel.close() } catch ChannelError.alreadyClosed { return }
  }

  /// One request and its answer; a body gets its `content-length`.
  func exchange(
    _ method: String, _ target: String, fields: [(String, String)] = [], body: [UInt8] = [], limit: TimeAmount = .seconds(20)
  ) async throws -> RawResponse {
    var text = "\(method) \(target) HTTP/1.1\r\nhost: test\r\n"
    for (name, value) in fields { text += "\(name): \(value)\r\n" }
    if !body.isEmpty { text += "content-length: \(body.count)\r\n" }
    return try await send(Array("\(text)\r\n".utf8) + body, toHead: method == "HEAD", limit: limit)
  }

  /// These very bytes, and the answer to them.
  func send(_ bytes: [UInt8], toHead: Bool = false, limit: TimeAmount = .seconds(20)) async throws -> RawResponse {
    let answer = channel.eventLoop.makePromise(of: RawResponse.self)
    let timer = channel.eventLoop.scheduleTask(in: limit) { answer.fail(NoAnswer(problem: "none within \(limit)")) }
    let started = ContinuousClock.now
    channel.writeAndFlush(Question(bytes: ByteBuffer(bytes: bytes), toHead: toHead, answer: answer)).cascadeFailure(to: answer)
    var response = try await answer.futureResult.get()
    timer.cancel()
    response.took = ContinuousClock.now - started
    return response
  }

  func get(_ target: String, fields: [(String, String)] = []) async throws -> RawResponse {
    try await exchange("GET", target, fields: fields)
  }

  /// Sends a request and closes the connection a moment later, answered or not.
  func abandon(_ target: String, fields: [(String, String)], after time: TimeAmount) async throws {
    var text = "GET \(target) HTTP/1.1\r\nhost: test\r\n"
    for (name, value) in fields { text += "\(name): \(value)\r\n" }
    let answer = channel.eventLoop.makePromise(of: RawResponse.self)
    // It may come, or not.
    answer.futureResult.whenComplete { _ in }
    channel.writeAndFlush(Question(bytes: ByteBuffer(string: text + "\r\n"), toHead: false, answer: answer)).cascadeFailure(
      to: answer)
    try await channel.eventLoop.scheduleTask(in: time) {}.futureResult.get()
    try await close()
  }

  /// From an admin listener, which answers to its own address only.
  static func fetchAdmin(port: Int, _ target: String, token: String? = nil) async throws -> RawResponse {
    let client = try await connect(port: port)
    let authorization = token.map { "authorization: Bearer \($0)\r\n" } ?? ""
    let response = try await client.send(
      Array("GET \(target) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\n\(authorization)\r\n".utf8))
    try await client.close()
    return response
  }

  /// One exchange on a connection of its own.
  static func fetch(
    _ method: String = "GET", port: Int, _ target: String, fields: [(String, String)] = [], body: [UInt8] = []
  ) async throws -> RawResponse {
    let client = try await connect(port: port)
    do {
      let response = try await client.exchange(method, target, fields: fields, body: body)
      try await client.close()
      return response
    } catch {
      try await client.close()
      throw error
    }
  }
}

/// The connection ended, or the time did, before there was a whole answer.
struct NoAnswer: Error {
  let problem: String
}

private struct Question: Sendable {
  let bytes: ByteBuffer
  let toHead: Bool
  let answer: EventLoopPromise<RawResponse>
}

/// Sends the bytes of questions and gives each its answer, in order.
private final class ConversationHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Question
  typealias OutboundOut = ByteBuffer

  private var open: [Question] = []
  private var received = ByteBuffer()

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let question = unwrapOutboundIn(data)
    open.append(question)
    context.write(wrapOutboundOut(question.bytes), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    while let question = open.first {
      do {
        guard let response = try ResponseParser.next(from: &received, toHead: question.toHead) else { return }
        question.answer.succeed(response)
      } catch {
        question.answer.fail(error)
      }
      open.removeFirst()
    }
    if received.readableBytes > 0 { received.clear() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    for question in open { question.answer.fail(NoAnswer(problem: "closed after \(String(buffer: received).prefix(200))")) }
    open = []
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    for question in open { question.answer.fail(error) }
    open = []
    context.close(promise: nil)
  }
}
