import Testing

/// Two hundred users, and nobody ever sees a byte of another's.
@Suite struct CanaryTests {
  @Test func nobodySeesAnybodyElse() async throws {
    try await Turnstile.machine.pass(taking: Turnstile.all) {
      try await ScriptedUpstream.with(remembers: false, answer: Canaries.answer) { service in
        let gateway = try await GatewayUnderTest.start(["--port", "0"], environment: Canaries.environment(for: service))
        do {
          let tally = try await Canaries(ports: [gateway.port]).run()
          #expect(tally.foreign.isEmpty, "\(tally.foreign.prefix(5))")
          #expect(tally.answers >= Canaries.answers && tally.notOK == 0)
          #expect(tally.aborted > tally.answers / 20)
          // It was cold, warm, stale, and waited for together.
          for word in ["fwd=miss;stored", "detail=memory", "ttl=-", "collapsed"] {
            #expect(tally.seen[word, default: 0] > 0, "\(word): \(tally.seen)")
          }
        } catch {
          try await gateway.process.stop()
          throw error
        }
        try await gateway.process.stop()
      }
    }
  }
}
