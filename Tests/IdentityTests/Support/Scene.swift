import EventLoops
import Foundation
import NIOCore
import NIOPosix
import Resilience

@testable import Identity

/// An authenticator on two event loops, and what it has told.
struct Scene: Sendable {
  let authenticator: Authenticator
  let loops: [any EventLoop]
  private let events: AsyncStream<IdentityEvent>

  /// Runs the test, and ends everything behind it.
  static func with(
    _ configuration: IdentityConfiguration, on group: any EventLoopGroup, _ test: @Sendable (Scene) async throws -> Void
  ) async throws {
    let (events, continuation) = AsyncStream.makeStream(of: IdentityEvent.self)
    let authenticator = try await Authenticator(configuration, on: group) { continuation.yield($0) }
    let scene = Scene(authenticator: authenticator, loops: Array(group.makeIterator()), events: events)
    do { try await test(scene) } catch {
      try await authenticator.shutDown()
      throw error
    }
    try await authenticator.shutDown()
  }

  /// The next thing that it tells and that is what the test waits for.
  func event(_ isIt: (IdentityEvent) -> Bool) async -> IdentityEvent? {
    for await event in events where isIt(event) { return event }
    return nil
  }

  func authenticate(
    _ credentials: Credentials, at now: Timestamp = Forge.now, on loop: Int = 0
  ) async -> Result<Principal, AuthenticationFailure> {
    let eventLoop = loops[loop]
    return await EventLoopExecutor(eventLoop).run {
      do throws(AuthenticationFailure) {
        let principal = try await authenticator.authenticate(credentials, at: now, on: eventLoop)
        eventLoop.preconditionInEventLoop()
        return .success(principal)
      } catch {
        eventLoop.preconditionInEventLoop()
        return .failure(error)
      }
    }
  }

  func remembered(_ credentials: Credentials, at now: Timestamp = Forge.now, on loop: Int = 0) async throws -> Principal? {
    let eventLoop = loops[loop]
    return try await eventLoop.submit { authenticator.remembered(credentials, at: now, on: eventLoop) }.get()
  }
}

extension Credentials {
  static func bearer(_ token: [UInt8]) -> Credentials {
    Credentials(authorization: "Bearer \(String(decoding: token, as: UTF8.self))")
  }
}

extension Result {
  var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
  var value: Success? { if case .success(let value) = self { value } else { nil } }
}

extension Timestamp {
  func after(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }
}

/// Two event loops for the test.
func withLoops(_ test: (MultiThreadedEventLoopGroup) async throws -> Void) async throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
  do { try await test(group) } catch {
    try await group.shutdownGracefully()
    throw error
  }
  try await group.shutdownGracefully()
}

/// A folder for the test, which is removed behind it.
func withFolder(_ test: (String) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-identity-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  do { try await test(folder.path) } catch {
    try FileManager.default.removeItem(at: folder)
    throw error
  }
  try FileManager.default.removeItem(at: folder)
}
