import NIOCore
import NIOPosix
import Synchronization

/// A service that answers what the test says, when the test says so, and remembers what it was asked.
final class ScriptedService: Sendable {
  struct Request: Sendable {
    /// Counts from 1.
    let number: Int
    let method: String
    let target: String
    /// By lower-case name.
    let fields: [String: String]

    subscript(name: String) -> String? { fields[name] }
  }

  struct Reply: Sendable {
    var status = 200
    var fields: [(String, String)] = []
    var body = ""

    /// A list of one row, which says which call brought it.
    static func call(_ request: Request, _ fields: (String, String)...) -> Reply {
      Reply(fields: fields, body: "[{\"call\":\(request.number)}]")
    }

    static func status(_ status: Int, _ fields: (String, String)...) -> Reply { Reply(status: status, fields: fields) }
  }

  struct Books: Sendable {
    fileprivate(set) var requests: [Request] = []
    /// Connections that the gateway closed while they waited for an answer.
    fileprivate(set) var departures = 0
    fileprivate var isHolding = false
    fileprivate var held: [@Sendable () -> Void] = []
    fileprivate var waiters: [Int: (condition: @Sendable (Books) -> Bool, continuation: CheckedContinuation<Void, any Error>)] =
      [:]
    fileprivate var waiterNumber = 0
  }

  let port: Int
  private let channel: any Channel
  private let books: ScriptBooks

  static func start(_ answer: @escaping @Sendable (Request) -> Reply) async throws -> ScriptedService {
    let books = ScriptBooks()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(ChannelOptions.backlog, value: 1024)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ScriptConversation(books, answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedService(channel, books)
  }

  private init(_ channel: any Channel, _ books: ScriptBooks) {
    self.channel = channel
    self.books = books
    port = channel.localAddress?.port ?? 0
  }

  func stop() async throws {
    release()
    try await channel.close()
  }

  var requests: [Request] { books.state.withLock { $0.requests } }
  var departures: Int { books.state.withLock { $0.departures } }

  /// From now on nobody is answered.
  func hold() { books.state.withLock { $0.isHolding = true } }

  /// Answers all who wait, and all who come from now on.
  func release() {
    let held = books.state.withLock { books in
      defer { books.held = [] }
      books.isHolding = false
      return books.held
    }
    for answer in held { answer() }
  }

  /// Waits until it has been asked so often.
  func asked(times count: Int) async throws { try await books.wait { $0.requests.count >= count } }

  /// Waits until so many have been left without an answer.
  func left(times count: Int) async throws { try await books.wait { $0.departures >= count } }
}

private final class ScriptBooks: Sendable {
  let state = Mutex(ScriptedService.Books())

  func change<Value: Sendable>(_ change: (inout ScriptedService.Books) -> Value) -> Value {
    let (value, ready) = state.withLock { books in
      let value = change(&books)
      let ready = books.waiters.filter { $0.value.condition(books) }
      for number in ready.keys { books.waiters[number] = nil }
      return (value, ready.values.map(\.continuation))
    }
    for continuation in ready { continuation.resume() }
    return value
  }

  func wait(_ condition: @escaping @Sendable (ScriptedService.Books) -> Bool) async throws {
    let number = state.withLock { books in
      books.waiterNumber += 1
      return books.waiterNumber
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        change { $0.waiters[number] = (condition, continuation) }
        if Task.isCancelled { abandon(number) }
      }
    } onCancel: {
      abandon(number)
    }
  }

  private func abandon(_ number: Int) {
    state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(throwing: CancellationError())
  }
}

/// One connection: reads requests by their `content-length`, one after the other.
private final class ScriptConversation: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let books: ScriptBooks
  private let answer: @Sendable (ScriptedService.Request) -> ScriptedService.Reply
  private var received = ByteBuffer()
  private var isAnswering = false

  init(_ books: ScriptBooks, _ answer: @escaping @Sendable (ScriptedService.Request) -> ScriptedService.Reply) {
    self.books = books
    self.answer = answer
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    let text = String(buffer: received)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
    }
    let length = fields["content-length"].flatMap { Int($0) } ?? 0
    guard text[end.upperBound...].utf8.count >= length, let words = lines.first?.split(separator: " "), words.count == 3 else {
      return
    }
    received.clear()
    asked(String(words[0]), String(words[1]), fields, context)
  }

  private func asked(_ method: String, _ target: String, _ fields: [String: String], _ context: ChannelHandlerContext) {
    isAnswering = true
    let loop = context.eventLoop
    let bound = NIOLoopBound((self, context), eventLoop: loop)
    let (request, isHeld) = books.change { books in
      let request = ScriptedService.Request(number: books.requests.count + 1, method: method, target: target, fields: fields)
      books.requests.append(request)
      if books.isHolding {
        books.held.append { [answer] in
          let reply = answer(request)
          loop.execute { bound.value.0.write(reply, bound.value.1) }
        }
      }
      return (request, books.isHolding)
    }
    if !isHeld { write(answer(request), context) }
  }

  private func write(_ reply: ScriptedService.Reply, _ context: ChannelHandlerContext) {
    isAnswering = false
    var text = "HTTP/1.1 \(reply.status) Scripted\r\n"
    for (name, value) in reply.fields { text += "\(name): \(value)\r\n" }
    if reply.status != 304 { text += "content-length: \(reply.body.utf8.count)\r\n" }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n" + reply.body)), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if isAnswering { books.change { $0.departures += 1 } }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
