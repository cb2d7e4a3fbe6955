import Logging
import NIOCore
import NIOPosix
import Settings
import Synchronization
import TestSupport

@testable import Gateway

/// A cache that does as the test says, and keeps what it was asked.
final class ScriptedCache: CachePurging {
  struct Purge: Equatable {
    let tags: [String]
    let isHard: Bool
  }

  private let asked = Mutex<[Purge]>([])
  private let report: PurgeReport

  init(_ report: PurgeReport = PurgeReport(entries: 3, spread: .notNeeded)) { self.report = report }

  var purges: [Purge] { asked.withLock { $0 } }

  func purge(tags: [String], isHard: Bool) async -> PurgeReport {
    asked.withLock { $0.append(Purge(tags: tags, isHard: isHard)) }
    return report
  }
}

/// A listening admin edge with a cache of the test's.
struct AdminUnderTest: Sendable {
  let port: Int
  let group: MultiThreadedEventLoopGroup
  let publicDrain: EdgeDrain

  /// These lines and that body, with the fields that a good request has where `fields` does not say otherwise.
  func post(
    _ body: String, fields: String = "Host: localhost\r\nContent-Type: application/json\r\n"
  ) async throws -> RawConnection.Response {
    try await send("POST /admin/cache/purge HTTP/1.1\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  func get(_ path: String, method: String = "GET", fields: String = "Host: localhost\r\n") async throws -> RawConnection.Response
  {
    try await send("\(method) \(path) HTTP/1.1\r\n\(fields)\r\n")
  }

  private func send(_ text: String) async throws -> RawConnection.Response {
    try await blocking { [port] in
      let client = try RawConnection(port: port)
      try client.send(text)
      return try client.response()
    }
  }

  static func run(
    _ cache: (any CachePurging)?, host: String = "127.0.0.1", token: Secret? = nil, logTo descriptor: Int32? = nil,
    _ test: @Sendable (AdminUnderTest) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let logs = LogSink(descriptor: descriptor ?? 1, timer: group.next())
    var configuration = AdminConfiguration()
    (configuration.host, configuration.port) = (host, 0)
    configuration.token = token
    let drain = EdgeDrain()
    let edge = try AdminEdge(
      configuration, routes: ProcessRoutes.probes(drain: drain), cache: { _ in cache }, group: group,
      accessLog: AccessLog(sink: logs, format: .json, isOn: descriptor != nil, listener: "admin"),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let listener = try await edge.open()
    do {
      try await test(AdminUnderTest(port: listener.port, group: group, publicDrain: drain))
    } catch {
      try await edge.cut(listener)
      throw error
    }
    try await edge.end(listener)
    try await logs.shutDown()
    try await group.shutdownGracefully()
  }
}
