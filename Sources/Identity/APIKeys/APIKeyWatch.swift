import EventLoops
import NIOCore

/// Looks every second whether the file of API keys is another one, and reads it then. On a thread of its own: a file system may be
/// slow.
final class APIKeyWatch: Sendable {
  private let state: NIOLoopBound<APIKeyWatchLoop>
  private let home: any EventLoop
  private let workers: WorkerPool

  /// - Parameters:
  ///   - known: what the file was when it was read; nil: not there.
  ///   - install: is given the keys of each file that makes sense.
  init(
    _ file: APIKeyFile, known: FileStamp?, on home: any EventLoop, tell: @escaping @Sendable (IdentityEvent) -> Void,
    install: @escaping @Sendable ([APIKey]) -> Void
  ) async throws {
    let workers = WorkerPool(threads: 1)
    state = try await home.submit {
      let loop = APIKeyWatchLoop(file, known: known, workers: workers, on: home, tell: tell, install: install)
      loop.rest()
      return NIOLoopBound(loop, eventLoop: home)
    }.get()
    (self.home, self.workers) = (home, workers)
  }

  func shutDown() async throws {
    try await home.submit { [state] in state.value.shutDown() }.get()
    try await workers.shutDown()
  }
}

/// What belongs to the loop.
private final class APIKeyWatchLoop {
  private let file: APIKeyFile
  private let workers: WorkerPool
  private let eventLoop: any EventLoop
  private let tell: @Sendable (IdentityEvent) -> Void
  private let install: @Sendable ([APIKey]) -> Void
  private var known: FileStamp?
  private var timer: Scheduled<Void>?
  private var isShutDown = false

  private static let pause = TimeAmount.seconds(1)

  init(
    _ file: APIKeyFile, known: FileStamp?, workers: WorkerPool, on eventLoop: any EventLoop,
    tell: @escaping @Sendable (IdentityEvent) -> Void, install: @escaping @Sendable ([APIKey]) -> Void
  ) {
    self.file = file
    self.known = known
    self.workers = workers
    self.eventLoop = eventLoop
    self.tell = tell
    self.install = install
  }

  func rest() {
    guard !isShutDown else { return }
    timer = eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.look() }
  }

  func shutDown() {
    isShutDown = true
    timer?.cancel()
  }

  private func look() {
    let (file, known) = (file, known)
    workers.run(for: eventLoop) { APIKeyFile.Change(of: file, since: known) }.assumeIsolated().whenComplete { result in
      // It fails only when the pool has stopped.
      if case .success(let change) = result { self.looked(change) }
      self.rest()
    }
  }

  private func looked(_ change: APIKeyFile.Change?) {
    guard let change, !isShutDown else { return }
    known = change.stamp
    switch change.keys {
    case .success(let keys):
      install(keys)
      tell(.apiKeysRead(count: keys.count))
    case .failure(let fault) where change.stamp == nil:
      // As at the start: no file, no keys. One that cannot be understood leaves those that are known.
      install([])
      tell(.apiKeysNotRead(reason: "the file \(fault.reason), and no key counts"))
    case .failure(let fault): tell(.apiKeysNotRead(reason: "the file \(fault.reason)"))
    }
  }
}

extension APIKeyFile {
  /// What a look at the file has found.
  struct Change: Sendable {
    /// Taken before it was read: what changes meanwhile shows the next time.
    let stamp: FileStamp?
    let keys: Result<[APIKey], Fault>

    /// Nil: it is the same file as before.
    init?(of file: APIKeyFile, since known: FileStamp?) {
      stamp = FileStamp(path: file.path)
      guard stamp != known else { return nil }
      do throws(Fault) { keys = .success(try file.read()) } catch { keys = .failure(error) }
    }
  }
}
