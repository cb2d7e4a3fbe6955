import Foundation

/// A file that a log is written to, gone when it is not needed any more.
final class TemporaryLog: Sendable {
  let descriptor: Int32
  private let path: String

  struct CannotOpen: Error {}

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-log-\(UUID().uuidString)").path
    descriptor = open(path, O_CREAT | O_WRONLY | O_APPEND, 0o600)
    if descriptor < 0 { throw CannotOpen() }
  }

  deinit {
    close(descriptor)
    unlink(path)
  }

  func lines() throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }
}
