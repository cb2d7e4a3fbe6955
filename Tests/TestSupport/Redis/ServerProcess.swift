import Foundation
package import Glibc
import Synchronization

/// A process of its own for a test: a thread reads its output to the end and then waits for it.
///
/// In place of Foundation's `Process`: `waitUntilExit()` turns round without a pause on every thread but the one that started the process,
/// and takes a thread of the pool away from all tests meanwhile.
package final class ServerProcess: Sendable {
  package struct DidNotStart: Error { package let code: Int32 }

  private struct Books {
    var output = ""
    var hasEnded = false
    var waiting: [(isMeant: @Sendable (String) -> Bool, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  /// No descriptor of this process is beyond it.
  private static let descriptors: Int32 = 4096

  package let processID: pid_t
  private let books = Mutex(Books())

  /// - Parameter arguments: the program, searched for in `PATH`, and what it is given.
  package init(_ arguments: [String]) throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw DidNotStart(code: errno) }
    defer { close(ends[1]) }
    do { processID = try Self.spawn(arguments, output: ends[1]) } catch {
      close(ends[0])
      throw error
    }
    let descriptor = ends[0]
    Thread.detachNewThread { self.watch(descriptor) }
  }

  /// Does nothing once it has ended.
  package func signal(_ number: Int32) { books.withLock { if !$0.hasEnded { _ = Glibc.kill(processID, number) } } }

  /// Waits until it has written something; its end comes first for a false. A test that is cancelled ends it.
  package func hasSaid(_ text: String) async -> Bool {
    await withTaskCancellationHandler {
      await wait { $0.contains(text) }
    } onCancel: {
      signal(SIGKILL)
    }
  }

  /// Waits for its end, without a thread.
  package func ended() async { _ = await wait { _ in false } }

  /// All of what it has written.
  package var output: String { books.withLock { $0.output } }

  private func wait(_ isMeant: @escaping @Sendable (String) -> Bool) async -> Bool {
    await withCheckedContinuation { continuation in
      let answer: Bool? = books.withLock { books in
        if isMeant(books.output) { return true }
        if books.hasEnded { return false }
        books.waiting.append((isMeant, continuation))
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Reads to the end: a server whose output nobody reads stops at a full pipe.
  private func watch(_ descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while case let count = read(descriptor, &bytes, bytes.count), count > 0 || count < 0 && errno == EINTR {
      guard count > 0 else { continue }
      let told = books.withLock { books in
        books.output += String(decoding: bytes[..<count], as: UTF8.self)
        let told = books.waiting.filter { $0.isMeant(books.output) }
        books.waiting.removeAll { $0.isMeant(books.output) }
        return told
      }
      for waiter in told { waiter.continuation.resume(returning: true) }
    }
    close(descriptor)
    // Its number stays its own until the books say that it has ended.
    var information = siginfo_t()
    while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    let told = books.withLock { books in
      var status: Int32 = 0
      waitpid(processID, &status, 0)
      books.hasEnded = true
      defer { books.waiting = [] }
      return books.waiting
    }
    for waiter in told { waiter.continuation.resume(returning: false) }
  }

  private static func spawn(_ arguments: [String], output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    // A child that inherits a listening socket keeps its port open; one that inherits a pipe keeps its end from coming.
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    for descriptor in 3..<min(descriptors, Int32(clamping: limit.rlim_cur)) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Threads of a test runner may block signals; the child must not start with that.
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var texts = arguments.map { strdup($0) } + [nil]
    defer { for text in texts { free(text) } }
    var processID: pid_t = 0
    let code = posix_spawnp(&processID, arguments[0], &actions, &attributes, &texts, environ)
    guard code == 0 else { throw DidNotStart(code: code) }
    return processID
  }
}
