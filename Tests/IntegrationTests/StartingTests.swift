import Glibc
import Testing

/// A process that is told to end while it begins.
@Suite struct StartingTests {
  @Test(arguments: [SIGTERM, SIGINT]) func toldToEndBeforeItBeginsItEndsWithoutATrace(signal: Int32) async throws {
    let process = try ChildProcess(["serve", "--port", "0"], under: Spawn.Conditions(blockedSignals: [signal]))
    process.send(signal: signal)
    #expect(try await process.end() == .exit(0))
    #expect(process.output.value.lines.isEmpty && process.errors.value.lines.isEmpty)
  }

  /// The configuration is read when it has begun: a mistake in it is told, whoever wants it to end.
  @Test func aBadConfigurationIsStillOne() async throws {
    let process = try ChildProcess(["serve", "--port", "many"], under: Spawn.Conditions(blockedSignals: [SIGTERM]))
    process.send(signal: SIGTERM)
    #expect(try await process.end() == .exit(2))
  }

  /// Commands that end by themselves leave signals what they are.
  @Test func aCommandThatDoesNotLastIsEndedByASignal() async throws {
    let process = try ChildProcess(["check"], under: Spawn.Conditions(blockedSignals: [SIGTERM]))
    process.send(signal: SIGTERM)
    #expect(try await process.end() == .signal(SIGTERM))
  }
}
