import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A real redis-server on a free loopback port, in a folder of its own; nothing is left of it after `stop()`.
package final class RedisServer: Sendable {
  package struct DidNotStart: Error { package let output: String }

  /// For this machine, or for `other.example`.
  package enum Certificate { case good, other }

  package let port: Int
  /// Its working directory.
  package let folder: String
  private let arguments: [String]
  private let process: Mutex<ServerProcess?>

  /// - Parameters:
  ///   - options: as in its configuration file: `["requirepass": "secret"]`.
  ///   - tls: listens with TLS in place of plain TCP, and this certificate.
  package static func start(_ options: [String: String] = [:], tls: Certificate? = nil) async throws -> RedisServer {
    for attempt in 0... {
      // Between the choice of a port and its use another process may take it.
      do { return try await RedisServer(options, tls: tls) } catch  where attempt < 3 { continue }
    }
    throw DidNotStart(output: "")
  }

  private init(_ options: [String: String], tls: Certificate?) async throws {
    port = try await Self.freePort()
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-redis-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var all = [
      "port": "\(port)", "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no", "logfile": "", "daemonize": "no",
    ]
    if let tls {
      for (name, text) in [
        ("ca.pem", TestCertificates.authority), ("cert.pem", tls == .good ? TestCertificates.good : TestCertificates.other),
        ("key.pem", tls == .good ? TestCertificates.goodKey : TestCertificates.otherKey),
      ] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      all.merge(
        [
          "port": "0", "tls-port": "\(port)", "tls-cert-file": folder + "/cert.pem", "tls-key-file": folder + "/key.pem",
          "tls-ca-cert-file": folder + "/ca.pem", "tls-auth-clients": "no",
        ], uniquingKeysWith: { $1 })
    }
    all.merge(options, uniquingKeysWith: { $1 })
    // In a file: on a command line some options take a value with blanks, and others do not.
    let lines = all.map { $1.isEmpty ? "\($0) \"\"" : "\($0) \($1)" }.joined(separator: "\n")
    let file = "\(folder)/redis.conf"
    try Data("\(lines)\n".utf8).write(to: URL(fileURLWithPath: file))
    arguments = ["redis-server", file]
    process = Mutex(nil)
    do { try await launch() } catch {
      try FileManager.default.removeItem(atPath: folder)
      throw error
    }
  }

  package var caFile: String { folder + "/ca.pem" }

  /// Starts it, again if it was killed, and waits until it says that it is ready.
  package func launch() async throws {
    let started = try ServerProcess(arguments)
    process.withLock { $0 = started }
    guard await started.hasSaid("Ready to accept connections") else {
      started.signal(SIGKILL)
      await started.ended()
      throw DidNotStart(output: String(started.output.suffix(500)))
    }
  }

  package func signal(_ number: Int32) { process.withLock { $0 }?.signal(number) }

  /// SIGKILL, and waits for its end.
  package func kill() async {
    let process = process.withLock { $0 }
    process?.signal(SIGKILL)
    await process?.ended()
  }

  package func stop() async throws {
    await kill()
    try FileManager.default.removeItem(atPath: folder)
  }

  package static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    try await channel.close()
    return port
  }
}

/// Starts a server, runs `body`, stops the server.
package func withRedis(
  _ options: [String: String] = [:], tls: RedisServer.Certificate? = nil, _ body: (RedisServer) async throws -> Void
) async throws {
  let server = try await RedisServer.start(options, tls: tls)
  do { try await body(server) } catch {
    try await server.stop()
    throw error
  }
  try await server.stop()
}
