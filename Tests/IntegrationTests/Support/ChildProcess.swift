import Foundation
import Glibc
import NIOCore

/// A process of the program under test, with nothing in its environment but what the test gives it.
final class ChildProcess: Sendable {
  /// What one of its streams has said so far.
  struct Output: Sendable {
    var lines: [String] = []
    /// Bytes behind the last end of line.
    var rest: [UInt8] = []
    var isClosed = false

    mutating func append(_ bytes: ByteBufferView) {
      for byte in bytes {
        if byte == UInt8(ascii: "\n") {
          lines.append(String(decoding: rest, as: UTF8.self))
          rest = []
        } else {
          rest.append(byte)
        }
      }
    }
  }

  /// How it ended.
  enum Ending: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  let output: Awaited<Output>
  let errors: Awaited<Output>
  private let ending = Awaited<Ending?>(nil)
  private let processID: pid_t

  init(
    _ arguments: [String], environment: [String: String] = [:], directory: String = Checkout.root,
    under conditions: Spawn.Conditions = Spawn.Conditions()
  ) throws {
    let (output, errors) = (try Pipe(), try Pipe())
    defer { for pipe in [output, errors] { close(pipe.writing) } }
    self.output = output.lines()
    self.errors = errors.lines()
    processID = try Spawn(arguments, environment, directory, conditions).run(output: output.writing, errors: errors.writing)
    let (ending, processID) = (ending, processID)
    Thread.detachNewThread {
      var status: Int32 = 0
      while waitpid(processID, &status, 0) == -1, errno == EINTR {}
      let signal = status & 0x7F
      ending.change { $0 = signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal) }
    }
  }

  var hasEnded: Bool { ending.value != nil }

  func send(signal: Int32) {
    if !hasEnded { kill(processID, signal) }
  }

  /// The processor time that it has used (user and system).
  func processorTime() throws -> Duration {
    let text = try String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
    // The name, in parentheses, may hold anything.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    let ticks = fields.count > 13 ? (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0) : 0
    return .milliseconds(ticks * 1000 / sysconf(Int32(_SC_CLK_TCK)))
  }

  /// What every user of the machine can read of how it was started.
  func commandLine() throws -> [String] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(processID)/cmdline"))
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Waits for its end, and for the last of what it said.
  func end(within limit: Duration = .seconds(10)) async throws -> Ending {
    try await within(limit, "the end of the process") { [ending, output, errors] in
      let ended = try await ending.first { $0 != nil }
      _ = try await output.first { $0.isClosed }
      _ = try await errors.first { $0.isClosed }
      return ended ?? .exit(-1)
    }
  }

  /// The first line of standard output with that text in it.
  func line(containing text: String, within limit: Duration = .seconds(15)) async throws -> String {
    let output = try await within(limit, "the line \"\(text)\"") { [output] in
      try await output.first { $0.isClosed || $0.lines.contains { $0.contains(text) } }
    }
    guard let line = output.lines.first(where: { $0.contains(text) }) else {
      throw NoSuchLine(text: text, errors: errors.value.lines)
    }
    return line
  }

  struct NoSuchLine: Error {
    let text: String
    let errors: [String]
  }

  /// SIGTERM, and SIGKILL if that does not do within the limit.
  @discardableResult
  func stop(within limit: Duration = .seconds(10)) async throws -> Ending {
    send(signal: SIGTERM)
    do {
      return try await end(within: limit)
    } catch {
      send(signal: SIGKILL)
      _ = try await end()
      throw error
    }
  }

  /// What came of a command that ends by itself.
  struct Result: Sendable {
    let ending: Ending
    let output: [String]
    let errors: [String]
    let took: Duration
  }

  /// Runs a command to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(10)
  ) async throws -> Result {
    let started = ContinuousClock.now
    let process = try ChildProcess(arguments, environment: environment)
    do {
      let ending = try await process.end(within: limit)
      return Result(
        ending: ending, output: process.output.value.lines, errors: process.errors.value.lines,
        took: ContinuousClock.now - started)
    } catch {
      try await process.stop()
      throw error
    }
  }
}
