import Foundation

/// Does blocking work on a thread of its own: the threads of Swift's pool are few, and the server under test needs them.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
  }
}

/// What a route does that hangs: waits until it is cancelled, and tells of it. The minute is there for a gateway that never cancels: its test
/// fails then, and does not hang itself.
func hangs(_ cancelled: Signal? = nil) async throws {
  do { try await Task.sleep(for: .seconds(60)) } catch {
    cancelled?.fire()
    throw error
  }
}

/// A latch that a test waits on.
struct Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func fire() { continuation.yield() }

  /// False if it was not fired in time.
  func wait(_ limit: Duration = .seconds(10)) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { [stream] in await stream.first { _ in true } != nil && !Task.isCancelled }
      // The limit: it passes only where the test fails.
      group.addTask {
        do { try await Task.sleep(for: limit) } catch { return true }
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
