import Foundation

/// Runs the test with a file of that content, and removes it afterwards.
func withFile(_ content: String, test: (String) async throws -> Void) async throws {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-\(UUID().uuidString).yaml")
  try Data(content.utf8).write(to: url)
  do {
    try await test(url.path)
  } catch {
    try FileManager.default.removeItem(at: url)
    throw error
  }
  try FileManager.default.removeItem(at: url)
}

/// The names of the files in a folder that end so, without the end, in order.
func files(in folder: String, endingIn end: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(end) }.map { String($0.dropLast(end.count)) }
    .sorted()
}

/// The lines of a text file.
func lines(of path: String) throws -> [String] {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
}
