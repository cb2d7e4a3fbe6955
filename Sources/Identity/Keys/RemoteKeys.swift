import Clients
import EventLoops
import NIOCore
import Settings
import Synchronization

/// The keys that an issuer publishes, fetched behind the requests, and kept when a fetch fails. Lives on one event loop; callable
/// from all.
struct RemoteKeys: Sendable {
  private let home: any EventLoop
  private let state: NIOLoopBound<RemoteKeysLoop>
  private let client: UpstreamClient

  /// - Parameter install: is given the keys of each good fetch, and returns when all event loops have them.
  init(
    _ configuration: RemoteKeysConfiguration, on group: any EventLoopGroup, tell: @escaping @Sendable (IdentityEvent) -> Void,
    install: @escaping @Sendable ([VerificationKey]) async -> Void
  ) async throws {
    let client = try await UpstreamClient(configuration.upstream, on: group)
    let home = group.next()
    state = try await home.submit {
      NIOLoopBound(
        RemoteKeysLoop(configuration, client: client, on: home, tell: tell, install: install), eventLoop: home)
    }.get()
    (self.client, self.home) = (client, home)
  }

  /// Fetches the keys as soon as that is allowed, and from then on in the background.
  func begin() { home.execute { [state] in state.value.due() } }

  /// Somebody shows a token with a key that is not known: waits for the fetch that is under way or, if that is allowed, for a new
  /// one.
  ///
  /// - Returns: whether there was one. The keys have been installed by then, if it was good.
  func refreshed() async -> Bool {
    let ticket = Ticket()
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        home.execute { [state] in state.value.join(ticket, continuation) }
      }
    } onCancel: {
      home.execute { [state] in state.value.leave(ticket) }
    }
  }

  func shutDown() async throws {
    try await home.submit { [state] in state.value.shutDown() }.get()
    try await client.shutDown()
  }

  /// Tells apart those who wait.
  final class Ticket: Sendable {
    /// Who is cancelled may leave before he has joined.
    let hasLeft = Atomic(false)
  }
}

/// What belongs to the loop.
final class RemoteKeysLoop {
  private let configuration: RemoteKeysConfiguration
  private let client: UpstreamClient
  private let eventLoop: any EventLoop
  private let executor: EventLoopExecutor
  private let tell: @Sendable (IdentityEvent) -> Void
  private let install: @Sendable ([VerificationKey]) async -> Void
  private var schedule: RemoteKeysSchedule
  private var waiting: [ObjectIdentifier: (ticket: RemoteKeys.Ticket, continuation: UnsafeContinuation<Bool, Never>)] = [:]
  private var timer: Scheduled<Void>?
  /// The fetch under way, which this owns.
  private var fetching: Task<Void, Never>?
  private var isShutDown = false

  /// So many may wait for one fetch: strangers can all make up a key at once.
  private static let mostWaiting = 1000

  init(
    _ configuration: RemoteKeysConfiguration, client: UpstreamClient, on eventLoop: any EventLoop,
    tell: @escaping @Sendable (IdentityEvent) -> Void, install: @escaping @Sendable ([VerificationKey]) async -> Void
  ) {
    self.configuration = configuration
    self.client = client
    self.eventLoop = eventLoop
    executor = EventLoopExecutor(eventLoop)
    self.tell = tell
    self.install = install
    schedule = RemoteKeysSchedule(
      interval: .milliseconds(configuration.refresh.wholeMilliseconds),
      pause: .milliseconds(configuration.pause.wholeMilliseconds))
  }

  func due() {
    guard !isShutDown else { return }
    if schedule.asked(at: .now()) == .fetch { fetch() }
  }

  func join(_ ticket: RemoteKeys.Ticket, _ continuation: UnsafeContinuation<Bool, Never>) {
    guard !isShutDown, !ticket.hasLeft.load(ordering: .relaxed), waiting.count < Self.mostWaiting else {
      return continuation.resume(returning: false)
    }
    switch schedule.asked(at: .now()) {
    case .leave: return continuation.resume(returning: false)
    case .wait: waiting[ObjectIdentifier(ticket)] = (ticket, continuation)
    case .fetch:
      waiting[ObjectIdentifier(ticket)] = (ticket, continuation)
      fetch()
    }
  }

  func leave(_ ticket: RemoteKeys.Ticket) {
    ticket.hasLeft.store(true, ordering: .relaxed)
    waiting.removeValue(forKey: ObjectIdentifier(ticket))?.continuation.resume(returning: false)
  }

  func shutDown() {
    isShutDown = true
    timer?.cancel()
    fetching?.cancel()
    release(false)
  }

  private func fetch() {
    timer?.cancel()
    let this = NIOLoopBound(self, eventLoop: eventLoop)
    executor.start {
      await this.value.run()
    } started: {
      fetching = $0
    }
  }

  private func run() async {
    ended(isGood: await fetchAndInstall())
  }

  private func ended(isGood: Bool) {
    fetching = nil
    guard !isShutDown else { return }
    let next = schedule.ended(isGood: isGood, at: .now())
    timer = eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.due() }
    release(true)
  }

  private func release(_ wasFetched: Bool) {
    let released = waiting.values
    waiting = [:]
    for waiter in released { waiter.continuation.resume(returning: wasFetched) }
  }

  private func fetchAndInstall() async -> Bool {
    let call = UpstreamCall(method: .get, target: configuration.url.target, requestID: "key-set")
    let body: [UInt8]
    do throws(CallFailure) {
      body = Array(
        try await client.call(call, on: eventLoop, until: .now() + .milliseconds(configuration.patience.wholeMilliseconds)).body
          .readableBytesView)
    } catch {
      if !isShutDown { tell(.keysNotFetched(reason: error.reason.rawValue)) }
      return false
    }
    guard let document = KeySetDocument(body, rsaAlgorithm: configuration.rsaAlgorithm), !document.keys.isEmpty else {
      tell(.keysNotFetched(reason: "no key set with a key that can be used"))
      return false
    }
    var keys: [VerificationKey] = []
    for key in document.keys {
      do throws(KeyFault) {
        keys.append(try await VerificationKey(id: key.id, algorithm: key.algorithm, material: key.material))
      } catch {
        tell(.keysNotFetched(reason: error.reason))
        return false
      }
    }
    await install(keys)
    tell(.keysFetched(count: keys.count, leftOut: document.skipped))
    return true
  }
}
