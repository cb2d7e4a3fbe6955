import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Upstreams

/// The fake services as a service of a process: on a thread of their own, until the process ends.
struct FakeUpstreamsService: Service {
  let configuration: UpstreamsConfiguration
  /// Called once, when they listen.
  let started: @Sendable (FakeUpstreams) async throws -> Void

  func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let fakes = try await FakeUpstreams.start(configuration, on: group)
    try await started(fakes)
    try await gracefulShutdown()
    try await fakes.stop()
    try await group.shutdownGracefully()
  }
}

extension Logger {
  /// For what has nothing to say.
  static var quiet: Logger { Logger(label: "tributary") { _ in SwiftLogNoOpLogHandler() } }
}
