import EventLoops
package import NIOCore
import Synchronization

/// Redis for the cache: optional, never trusted, never waited for longer than a command's deadline, never needed.
///
/// Each event loop has its own connection (in a cluster one for each node), which its commands share in the order of their coming.
/// Everything behind it belongs to the loop and needs no lock.
package final class RedisClient: Sendable {
  private let setup: RedisSetup
  private let routers: LoopLocal<any RedisRouter>
  private let instruments: RedisInstruments

  /// Connects to nothing yet: the first command of each loop does, or ``warm()``.
  ///
  /// - Parameter name: who it is for, a word for the metrics.
  /// - Parameter tell: what happens to connections, for the log. Called on their event loops, at most a few times a second each.
  /// - Throws: when the file of the authorities cannot be read.
  package init(
    _ configuration: RedisConfiguration, named name: String = "cache", group: any EventLoopGroup,
    tell: @escaping @Sendable (RedisEvent) -> Void = { _ in }
  ) async throws {
    instruments = RedisInstruments(client: name)
    let setup = try configuration.setup()
    self.setup = setup
    routers = try await LoopLocal(group) { configuration.router(setup, on: $0, tell: tell) }
  }

  /// Sends a command. Must be called on `eventLoop`, one of the group; `then` is called there, once, perhaps before this returns.
  ///
  /// - Parameter deadline: nil: the configured one from now. When it comes, the outcome is a timeout and the connection is closed.
  /// - Parameter ifResponsive: whether to refuse it where the server seems to hang: for what somebody waits for.
  /// - Returns: the way to cancel it; see ``RedisCall/cancel()``.
  @discardableResult
  package func send(
    _ command: RedisCommand, on eventLoop: any EventLoop, until deadline: NIODeadline? = nil, ifResponsive: Bool = false,
    then: @escaping (RedisOutcome) -> Void
  ) -> RedisCall {
    let began = NIODeadline.now()
    let limit = began + setup.commandTimeout
    let call = RedisCall(command, until: deadline.map { min($0, limit) } ?? limit, ifResponsive: ifResponsive) {
      [instruments] outcome in
      instruments.ended(outcome, since: began)
      then(outcome)
    }
    routers[eventLoop].send(call)
    return call
  }

  /// The value of a key: nil where there is none. Like ``send(_:on:until:then:)``.
  @discardableResult
  package func get(
    _ key: [UInt8], on eventLoop: any EventLoop, until deadline: NIODeadline? = nil, ifResponsive: Bool = false,
    then: @escaping (Result<ByteBuffer?, RedisError>) -> Void
  ) -> RedisCall {
    send(.get(key), on: eventLoop, until: deadline, ifResponsive: ifResponsive) { outcome in
      switch outcome {
      case .success(.string(let value)): then(.success(value))
      case .success(.null): then(.success(nil))
      case .success: then(.failure(.protocolViolation))
      case .failure(let error): then(.failure(error))
      }
    }
  }

  /// Runs a script: by its digest, and with its source where the server does not know it. The deadline is for each of the two.
  package func run(
    _ script: RedisScript, keys: [[UInt8]], arguments: [RedisArgument] = [], on eventLoop: any EventLoop,
    ifResponsive: Bool = false, then: @escaping (RedisOutcome) -> Void
  ) {
    send(script.evaluateByDigest(keys, arguments), on: eventLoop, ifResponsive: ifResponsive) { outcome in
      guard outcome == .failure(.serverError(code: "NOSCRIPT")) else { return then(outcome) }
      self.send(script.evaluate(keys, arguments), on: eventLoop, ifResponsive: ifResponsive, then: then)
    }
  }

  /// How it stands with Redis, seen from this loop. Must be called on it.
  package func status(on eventLoop: any EventLoop) -> RedisStatus { routers[eventLoop].status }

  /// The same from every loop; nil at the end of the process, when a loop answers no more.
  package func statuses() async -> [RedisStatus]? {
    let statuses = SharedStatuses()
    do { try await routers.onEachLoop { statuses.add($0.status) } } catch { return nil }
    return statuses.all
  }

  private final class SharedStatuses: Sendable {
    private let found = Mutex<[RedisStatus]>([])

    func add(_ status: RedisStatus) { found.withLock { $0.append(status) } }
    var all: [RedisStatus] { found.withLock { $0 } }
  }

  /// Begins to connect, on every loop.
  package func warm() async throws { try await routers.onEachLoop { $0.warm() } }

  /// Closes all connections; what is under way or comes later fails with `shutDown`.
  package func shutDown() async throws { try await routers.onEachLoop { $0.shutDown() } }
}
