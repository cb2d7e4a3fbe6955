import Clients
import EventLoops
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Upstreams

@testable import Gateway

/// Design §1: one request, one thread.
@Suite struct OneLoopTests {
  /// Where the pieces of one request were found.
  private struct Places: Sendable {
    var loop: ObjectIdentifier
    var onLoop: [String: Bool]
  }

  @Test(arguments: [1, 4])
  func aHandlerItsChildTasksAndItsUpstreamCallsStayOnTheLoopOfTheConnection(loops: Int) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let fakes = try await FakeUpstreams.start(UpstreamsConfiguration(), on: group)
    let endpoint = Endpoint(host: "127.0.0.1", port: fakes.port(of: .metrics))
    let upstream = try await UpstreamClient(UpstreamDefinition(name: "metrics", label: "metrics", endpoint: endpoint), on: group)
    let seen = Mutex<[Places]>([])
    let router = Router(context: GatewayContext.self)
    router.get("/") { _, context in
      let places = try await Self.places(of: context.eventLoop, calling: upstream)
      seen.withLock { $0.append(places) }
      return "ok"
    }
    try await Self.withServer(router, on: group) { port in
      for _ in 0..<(loops * 4) { try await Self.get("/", from: port, on: group) }
    }
    let places = seen.withLock { $0 }
    #expect(places.count == loops * 4)
    #expect(places.allSatisfy { $0.onLoop.values.allSatisfy { $0 } }, "\(places)")
    #expect(Set(places.map(\.loop)).count == loops, "connections are spread over all loops")
    try await upstream.shutDown()
    try await fakes.stop()
    try await group.shutdownGracefully()
  }

  private static func places(of loop: any EventLoop, calling upstream: UpstreamClient) async throws -> Places {
    var onLoop = ["handler": loop.inEventLoop]
    async let child = isOn(loop)
    let inGroup = await withTaskGroup(of: Bool.self) { group in
      group.addTask { await isOn(loop) }
      return await group.next() ?? false
    }
    let reply = try await upstream.call(
      UpstreamCall(method: .get, target: "/", requestID: "test"), on: loop, until: .now() + .seconds(5))
    onLoop["after the upstream call"] = loop.inEventLoop && reply.status == 200
    onLoop["child task"] = await child
    onLoop["child in a group"] = inGroup
    onLoop["at the end"] = loop.inEventLoop
    return Places(loop: ObjectIdentifier(loop), onLoop: onLoop)
  }

  private static func isOn(_ loop: any EventLoop) async -> Bool {
    await Task.yield()
    return loop.inEventLoop
  }

  private static func withServer(
    _ router: Router<GatewayContext>, on group: MultiThreadedEventLoopGroup,
    _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    let executors = LoopExecutors(group)
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router,
      server: HTTPServerBuilder { LoopChannel(base: HTTP1Channel(responder: $0), executors: executors) },
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
      eventLoopGroupProvider: .shared(group),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await application.run() }
      let listening = try #require(await ports.first { _ in true })
      try await body(listening)
      tasks.cancelAll()
    }
  }

  /// One request on a connection of its own.
  private static func get(_ path: String, from port: Int, on group: MultiThreadedEventLoopGroup) async throws {
    let client = try await UpstreamClient(
      UpstreamDefinition(name: "gateway", label: "gateway", endpoint: Endpoint(host: "127.0.0.1", port: port)), on: group)
    let loop = group.next()
    let reply = try await EventLoopExecutor(loop).run {
      try await client.call(UpstreamCall(method: .get, target: path, requestID: "test"), on: loop, until: .now() + .seconds(10))
    }
    #expect(reply.status == 200)
    try await client.shutDown()
  }
}
