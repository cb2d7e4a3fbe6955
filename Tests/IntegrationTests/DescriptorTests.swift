import Testing
import Upstreams

/// More clients than the process may have descriptors.
@Suite struct DescriptorTests {
  private static let complaint = "No connection can be accepted"

  @Test func withoutADescriptorClientsWaitAndTheLoopDoesNotTurn() async throws {
    let setup = StackSetup(
      environment: ["TRIBUTARY_SERVER_LOOPS": "1", "TRIBUTARY_SERVER_HEAD_TIMEOUT": "5m"],
      conditions: Spawn.Conditions(openFiles: 64))
    try await withStack(setup) { stack in
      let process = stack.gateway.process
      var clients: [RawClient] = []
      for _ in 0..<100 { clients.append(try await RawClient.connect(port: stack.gateway.port)) }
      _ = try await process.line(containing: Self.complaint)
      let (begun, used) = (ContinuousClock.now, try process.processorTime())
      // They come a second apart, at the earliest.
      let lines = try await within(.seconds(60), "the fourth complaint") {
        try await process.output.first { $0.lines.count { $0.contains(Self.complaint) } >= 4 }.lines
      }
      let (took, worked) = (ContinuousClock.now - begun, try process.processorTime() - used)
      #expect(took > .seconds(2), "one a second at most")
      #expect(worked < took / 5, "\(worked) of \(took)")
      #expect(lines.filter { $0.contains(Self.complaint) }.allSatisfy { $0.contains("edge.connections") })
      for client in clients { try await client.close() }
      #expect(try await stack.get("/livez").status == 200)
      #expect(try await stack.get(consolidated).status == 200)
    }
  }

  /// The cap is reached first: clients are told, nothing is waited for.
  @Test func aCapUnderTheDescriptorsIsTheOneThatHolds() async throws {
    let setup = StackSetup(
      environment: [
        "TRIBUTARY_SERVER_LOOPS": "1", "TRIBUTARY_SERVER_HEAD_TIMEOUT": "5m", "TRIBUTARY_SERVER_MAX_CONNECTIONS": "20",
      ],
      conditions: Spawn.Conditions(openFiles: 64))
    try await withStack(setup) { stack in
      var clients: [RawClient] = []
      for _ in 0..<20 { clients.append(try await RawClient.connect(port: stack.gateway.port)) }
      for _ in 0..<100 { try await RawClient.connect(port: stack.gateway.port).close() }
      for client in clients { #expect(try await client.get("/livez").status == 200) }
      for client in clients { try await client.close() }
      #expect(!stack.gateway.process.output.value.lines.contains { $0.contains(Self.complaint) })
    }
  }
}
