import TestSupport

/// Other people's clients, as they stand in the system.
enum Tool {
  /// What it has written, on both of its streams; empty where it wrote nothing.
  static func run(_ arguments: String...) async throws -> String { try await run(arguments) }

  static func run(_ arguments: [String]) async throws -> String {
    let process = try ServerProcess(arguments)
    await process.ended()
    return process.output
  }
}
