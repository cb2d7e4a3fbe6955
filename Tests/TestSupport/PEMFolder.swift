import Foundation

/// A folder with PEM files, gone when it is not needed any more.
package final class PEMFolder: Sendable {
  package let path: String

  /// - Parameter files: text by name.
  package init(_ files: [String: String]) throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-pem-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try write(text, to: name) }
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: path) } catch {
      // Somebody has tidied up already.
    }
  }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Replaced as a whole, by another file.
  package func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)), options: .atomic)
  }

  /// What a server and its clients need: `server.pem` for this machine, `other.pem` for `other.example`, `client.pem`, each with its
  /// `.key`; `ca.pem` has signed servers, `clients.pem` clients.
  package static func standard() throws -> PEMFolder {
    try PEMFolder([
      "server.pem": TestCertificates.good, "server.key": TestCertificates.goodKey, "other.pem": TestCertificates.other,
      "other.key": TestCertificates.otherKey, "client.pem": TestCertificates.client, "client.key": TestCertificates.clientKey,
      "expired.pem": TestCertificates.expired, "ca.pem": TestCertificates.authority,
      "clients.pem": TestCertificates.clientAuthority,
    ])
  }
}
