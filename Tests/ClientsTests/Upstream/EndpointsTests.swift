import NIOCore
import Testing

@testable import Clients

/// Several endpoints of one service.
@Suite struct EndpointsTests {
  private static func withTwo(
    _ first: @escaping @Sendable (Int) -> [ScriptedServer.Step], _ second: @escaping @Sendable (Int) -> [ScriptedServer.Step],
    _ body: @escaping @Sendable (UpstreamClient, any EventLoop) async throws -> Void
  ) async throws {
    let servers = [try await ScriptedServer.start(script: first), try await ScriptedServer.start(script: second)]
    try await onLoop { loop in
      var definition = UpstreamDefinition.forTests(port: servers[0].port)
      definition.moreEndpoints = [Endpoint(host: "127.0.0.1", port: servers[1].port)]
      let client = try await UpstreamClient(definition, on: loop)
      try await body(client, loop)
      try await client.shutDown()
    }
    for server in servers { try await server.stop() }
  }

  private static func texts(_ count: Int, _ client: UpstreamClient, _ loop: any EventLoop) async -> [String] {
    var texts: [String] = []
    for _ in 0..<count {
      let call = UpstreamCall(method: .get, target: "/", requestID: "r")
      do throws(CallFailure) {
        texts.append(String(buffer: try await client.call(call, on: loop, until: .now() + .seconds(30)).body))
      } catch {
        texts.append(error.reason.rawValue)
      }
    }
    return texts
  }

  @Test func theyTakeTurns() async throws {
    let answers = { (text: String) in
      let answer = ok.replacing("ok", with: text)
      return { @Sendable (_: Int) in ScriptedServer.Step.answers(Array(repeating: answer, count: 20)) }
    }
    try await Self.withTwo(answers("aa"), answers("bb")) { client, loop in
      let texts = await Self.texts(10, client, loop)
      #expect(texts.filter { $0 == "aa" }.count == 5)
      #expect(texts.filter { $0 == "bb" }.count == 5)
    }
  }

  @Test func oneThatFailsIsPassedOver() async throws {
    let good = { @Sendable (_: Int) in ScriptedServer.Step.answers(Array(repeating: ok, count: 100)) }
    let bad = { @Sendable (_: Int) in ScriptedServer.Step.answers(Array(repeating: response(503), count: 100)) }
    try await Self.withTwo(good, bad) { client, loop in
      let texts = await Self.texts(40, client, loop)
      #expect(texts.allSatisfy { $0 == "ok" }, "each is tried again at the other one: \(texts)")
    }
  }
}
