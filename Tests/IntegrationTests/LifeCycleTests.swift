import Foundation
import Testing
import Upstreams

/// Starting, draining, reloading, ending: as balancers, operators and clients see it.
@Suite struct LifeCycleTests {
  @Test func theProcessSaysThatItLivesAndThatItIsReady() async throws {
    try await withStack { stack in
      for name in ServiceName.allCases { try await stack.setFault(.hang, of: name) }
      for path in ["/livez", "/readyz", "/"] {
        let response = try await stack.get(path)
        #expect(response.status == 200, "\(path) depends on nothing outside")
        #expect(response["cache-control"] == "no-store")
      }
    }
  }

  @Test func whileItDrainsItAnswersAndAsksToGo() async throws {
    try await withStack(StackSetup(environment: ["TRIBUTARY_SERVER_DRAIN": "2s"])) { stack in
      let kept = try await RawClient.connect(port: stack.gateway.port)
      #expect(try await kept.get("/readyz").status == 200)
      stack.gateway.process.send(signal: SIGTERM)
      _ = try await stack.gateway.process.line(containing: "Draining")
      // A new connection is still taken: the balancer may not have noticed.
      let ready = try await stack.get("/readyz")
      #expect(ready.status == 503)
      #expect(ready["connection"] == "close")
      #expect(ready["content-type"] == "application/problem+json")
      #expect(try await stack.get("/livez").status == 200)
      let document = try await kept.get(consolidated)
      #expect(document.status == 200)
      #expect(document["connection"] == "close")
      try await kept.close()
      #expect(try await stack.gateway.process.end(within: .seconds(20)) == .exit(0))
    }
  }

  @Test func whoAsksTwiceDoesNotWait() async throws {
    try await withStack(StackSetup(environment: ["TRIBUTARY_SERVER_DRAIN": "300s", "TRIBUTARY_SERVER_GRACE": "600s"])) { stack in
      stack.gateway.process.send(signal: SIGTERM)
      _ = try await stack.gateway.process.line(containing: "Draining")
      stack.gateway.process.send(signal: SIGTERM)
      #expect(try await stack.gateway.process.end(within: .seconds(20)) == .exit(1))
    }
  }

  @Test func theEndOfTheGracePeriodIsTheEnd() async throws {
    let setup = StackSetup(deadline: "60s", environment: ["TRIBUTARY_SERVER_GRACE": "3s"])
    try await withStack(setup) { stack in
      try await stack.setFault(.hang, of: .metrics)
      // A request that hangs, and half a request that never ends.
      let asking = try await RawClient.connect(port: stack.gateway.port)
      async let _ = asking.get(consolidated)
      let slow = try await RawClient.connect(port: stack.gateway.port)
      async let _ = slow.send(Array("GET /livez HTTP/1.1\r\nHos".utf8))
      _ = try await within(.seconds(5), "the call") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 1 }
      }
      stack.gateway.process.send(signal: SIGTERM)
      #expect(try await stack.gateway.process.end(within: .seconds(30)) == .exit(0))
      try await slow.close()
      try await asking.close()
    }
  }

  private static func temporaryFile(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-\(UUID().uuidString).yaml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func aReloadTakesUpWhatChangedWithoutDroppingAConnection() async throws {
    let file = try Self.temporaryFile("documents:\n  consolidated:\n    required: []\n")
    defer { do { try FileManager.default.removeItem(atPath: file) } catch { Issue.record(error) } }
    try await withStack(StackSetup(options: ["--config", file])) { stack in
      let process = stack.gateway.process
      let kept = try await RawClient.connect(port: stack.gateway.port)
      try await stack.setFault(.status(500), of: .metrics)
      #expect(try await kept.get(consolidated).status == 200)

      try "documents:\n  consolidated:\n    required: [metrics]\n".write(toFile: file, atomically: true, encoding: .utf8)
      process.send(signal: SIGHUP)
      _ = try await process.line(containing: "Configuration reloaded")
      #expect(try await kept.get(consolidated).status == 503, "the same connection, the new configuration")

      try "documents:\n  consolidated:\n    requird: []\n".write(toFile: file, atomically: true, encoding: .utf8)
      process.send(signal: SIGHUP)
      let line = try await process.line(containing: "Configuration not reloaded")
      #expect(line.contains(":3: documents.consolidated.requird"))
      #expect(try await kept.get(consolidated).status == 503, "a bad file changes nothing")
      try await stack.setFault(.none, of: .metrics)
      #expect(try await kept.get(consolidated).status == 200)
      try await kept.close()
    }
  }
}
