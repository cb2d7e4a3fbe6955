import Metrics
package import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Where log lines go: gathered in memory, written by a thread of its own, so that no event loop ever waits for whoever reads them.
///
/// Lines wait at most 50 ms. When the reader does not keep up, memory is bounded: further lines are dropped and counted, and the
/// count is written as a line of its own once there is room.
package final class LogSink: Sendable {
  private struct State {
    var pending: [UInt8] = []
    var isFlushScheduled = false
    var dropped = 0
  }

  private static let limit = 4 << 20
  private static let patience = TimeAmount.milliseconds(50)

  private let state = Mutex(State())
  private let descriptor: Int32
  private let timer: any EventLoop
  private let writer = NIOThreadPool(numberOfThreads: 1)
  private let isEnding = Atomic(false)
  private let droppedLines = Counter(label: "tributary_log_lines_dropped_total")

  /// What a pipe takes without blocking once it is writable (POSIX: `PIPE_BUF`).
  private static let piece = 4096
  /// At the end of the process a reader that does not read is waited for this long, milliseconds.
  private static let lastPatience = 500

  /// - Parameters:
  ///   - descriptor: an open file; standard output by default.
  ///   - timer: the loop whose clock says when to write.
  package init(descriptor: Int32 = 1, timer: any EventLoop) {
    self.descriptor = descriptor
    self.timer = timer
    writer.start()
  }

  /// Adds one line; `line` has its newline.
  package func write(_ line: [UInt8]) {
    let mustSchedule = state.withLock { state in
      guard state.pending.count + line.count <= Self.limit else {
        state.dropped += 1
        droppedLines.increment()
        return false
      }
      state.pending.append(contentsOf: line)
      defer { state.isFlushScheduled = true }
      return !state.isFlushScheduled
    }
    guard mustSchedule else { return }
    timer.scheduleTask(in: Self.patience) { self.writer.submit { _ in self.flush() } }
  }

  /// Writes what has gathered, and waits for it. For the writer's thread alone: lines keep their order.
  private func flush() {
    let (lines, dropped) = state.withLock { state in
      defer { state = State() }
      return (state.pending, state.dropped)
    }
    writeAll(lines)
    if dropped > 0 {
      writeAll(Array("{\"level\":\"warning\",\"message\":\"Log lines dropped\",\"log.dropped\":\(dropped)}\n".utf8))
    }
  }

  /// A log that cannot be written is lost: there is nowhere left to say so.
  private func writeAll(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty, isWritable() {
      let written = rest.prefix(Self.piece).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return
      }
    }
  }

  /// Waits until the reader takes more; at the end of the process not for long.
  private func isWritable() -> Bool {
    let step = 50
    var waited = 0
    while true {
      var file = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&file, 1, Int32(step))
      if ready > 0 { return true }
      if ready < 0, errno != EINTR { return false }
      waited = isEnding.load(ordering: .relaxed) ? waited + step : 0
      if waited >= Self.lastPatience { return false }
    }
  }

  /// Writes what is left, as far as somebody reads it.
  package func shutDown() async throws {
    isEnding.store(true, ordering: .relaxed)
    // After what is being written, and on that thread: whoever ends the process is not held up by a reader that does not read.
    try await writer.runIfActive { self.flush() }
    try await writer.shutdownGracefully()
  }
}
