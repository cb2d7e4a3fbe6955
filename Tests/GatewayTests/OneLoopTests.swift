import Clients
import EventLoops
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import TestSupport
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
    try await EdgeUnderTest.run(on: group) { router in
      router.get("/places") { _, context in
        let places = try await Self.places(of: context.eventLoop, calling: upstream)
        seen.withLock { $0.append(places) }
        return "ok"
      }
    } _: { edge in
      for _ in 0..<(loops * 4) {
        let response = try await edge.client { try $0.exchange("GET", "/places") }
        #expect(response.status == 200)
      }
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
}
