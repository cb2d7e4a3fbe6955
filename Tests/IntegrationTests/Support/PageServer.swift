import Foundation
import TestSupport

/// A small server of files on a free port, over TLS where it is given a certificate: Python's.
final class PageServer: Sendable {
  struct DidNotStart: Error {
    let output: String
  }

  let port: Int
  private let process: ServerProcess

  private static let program = """
    import functools, http.server, ssl, sys
    folder, certificate, key = sys.argv[1:4]
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("port", server.server_address[1], "open", flush=True)
    server.serve_forever()
    """

  private init(_ folder: String, certificate: String, key: String) async throws {
    process = try ServerProcess(["python3", "-c", Self.program, folder, certificate, key])
    _ = await process.hasSaid(" open\n")
    let words = process.output.split(separator: " ")
    guard words.count > 1, words[0] == "port", let port = Int(words[1]) else { throw DidNotStart(output: process.output) }
    self.port = port
  }

  /// Serves the files, text by name, while the test runs.
  static func with(
    _ files: [String: String], certificate: String = "", key: String = "", _ test: (PageServer) async throws -> Void
  ) async throws {
    let folder = try PEMFolder(files)
    let server = try await PageServer(folder.path, certificate: certificate, key: key)
    do { try await test(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
    withExtendedLifetime(folder) {}
  }

  private func stop() async {
    process.signal(SIGTERM)
    await process.ended()
  }
}
