import EventLoops
package import NIOCore
import NIOPosix
package import Redis
import Settings
import Synchronization
package import Testing

/// Runs `body` on an event loop, as the gateway runs a request.
package func onLoop<T: Sendable>(_ body: @escaping @Sendable (any EventLoop) async throws -> T) async throws -> T {
  let loop = MultiThreadedEventLoopGroup.singleton.next()
  return try await EventLoopExecutor(loop).run { try await body(loop) }
}

/// Events as they come, to be waited for.
package final class Events<Event: Sendable>: Sendable {
  private let stream: AsyncStream<Event>
  private let continuation: AsyncStream<Event>.Continuation
  private let told = Mutex<[Event]>([])

  package init() { (stream, continuation) = AsyncStream.makeStream(of: Event.self) }

  package var tell: @Sendable (Event) -> Void {
    { event in
      self.told.withLock { $0.append(event) }
      self.continuation.yield(event)
    }
  }

  /// All so far.
  package var all: [Event] { told.withLock { $0 } }

  /// The next that is meant, past all before it.
  package func next(_ isMeant: @Sendable (Event) -> Bool) async {
    for await event in stream where isMeant(event) { return }
  }
}

/// A client with one loop, and that loop.
package struct ClientUnderTest: Sendable {
  package let client: RedisClient
  package let loop: any EventLoop
  package let events: Events<RedisEvent>

  package init(_ configuration: RedisConfiguration) async throws {
    loop = MultiThreadedEventLoopGroup.singleton.next()
    events = Events()
    client = try await RedisClient(configuration, group: loop, tell: events.tell)
  }

  package func send(_ command: RedisCommand) async -> RedisOutcome {
    do throws(RedisError) { return .success(try await client.send(command, on: loop)) } catch { return .failure(error) }
  }

  package func sendIfResponsive(_ command: RedisCommand) async -> RedisOutcome {
    await withCheckedContinuation { continuation in
      loop.execute { client.send(command, on: loop, ifResponsive: true) { continuation.resume(returning: $0) } }
    }
  }

  package func send(_ words: RedisArgument..., key: Int? = nil) async -> RedisOutcome {
    await send(RedisCommand(words, key: key))
  }

  /// Sends until the outcome is this one. A test whose time is over ends here: cancelled, it would go round for ever.
  package func send(_ command: RedisCommand, until outcome: RedisOutcome) async throws {
    while await send(command) != outcome {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  package var status: RedisStatus {
    get async {
      await withCheckedContinuation { continuation in
        loop.execute { continuation.resume(returning: client.status(on: loop)) }
      }
    }
  }

  package func connected() async {
    await events.next { if case .connected = $0 { true } else { false } }
  }

  package func disconnected() async {
    await events.next { if case .disconnected = $0 { true } else { false } }
  }
}

package func withClient(
  _ configuration: RedisConfiguration, _ body: (ClientUnderTest) async throws -> Void
) async throws {
  let client = try await ClientUnderTest(configuration)
  do { try await body(client) } catch {
    try await client.client.shutDown()
    throw error
  }
  try await client.client.shutDown()
}

extension RedisConfiguration {
  /// Of a server on the loopback address, with the patience of a test.
  package static func local(_ port: Int, login: String = "", scheme: String = "redis", path: String = "") throws
    -> RedisConfiguration
  {
    var configuration = RedisConfiguration(url: try #require(RedisURL("\(scheme)://\(login)127.0.0.1:\(port)\(path)")))
    configuration.commandTimeout = .seconds(5)
    configuration.connectTimeout = .seconds(5)
    return configuration
  }
}

extension RedisReply {
  package static func text(_ text: String) -> RedisReply { .string(ByteBuffer(string: text)) }
  package static let ok = RedisReply.status("OK")
}

extension RedisOutcome {
  package var error: RedisError? { if case .failure(let error) = self { error } else { nil } }
}

/// `#expect` for what is asked many thousand times: it costs nothing while it holds.
package func hold(_ condition: Bool, _ what: @autoclosure () -> Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation)
{
  if !condition { Issue.record(what(), sourceLocation: sourceLocation) }
}
