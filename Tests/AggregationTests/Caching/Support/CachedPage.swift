import Caching
import Clients
import EventLoops
import NIOCore
import NIOPosix
import Resilience
import Testing

@testable import Aggregation

/// A page of sections that all come from one scripted service, through a cache. Nothing in it depends on time: what is to be stale has a
/// `ttl` of nothing.
struct CachedPage: Sendable {
  struct Setup: Sendable {
    var loops = 1
    var sections = ["things"]
    var policy = CachePolicy(jitter: 0)
    var method = UpstreamCall.Method.get
    var maxRefreshes = 256
    var patience = TimeAmount.seconds(30)
    var shared: (any SharedSectionStore)?

    init(_ policy: CachePolicy = .always) { self.policy = policy }
  }

  let service: ScriptedService
  let cache: SectionStore
  let loops: [any EventLoop]
  let aggregator: Aggregator
  private let executors: LoopExecutors

  static func run(
    _ setup: Setup = Setup(), answer: @escaping @Sendable (ScriptedService.Request) -> ScriptedService.Reply,
    test: (CachedPage) async throws -> Void
  ) async throws {
    let service = try await ScriptedService.start(answer)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: setup.loops)
    let workers = WorkerPool(threads: 1)
    var upstream = UpstreamDefinition(
      name: "service", label: "microservice1", endpoint: Endpoint(host: "127.0.0.1", port: service.port),
      identity: .forward(["authorization", "x-user-id"]), attemptTimeout: .seconds(60))
    upstream.policies.retry = .never
    upstream.limits.connectTimeout = .seconds(10)
    upstream.limits.maxConnections = 512
    let client = try await UpstreamClient(upstream, on: group)
    let page = try await CachedPage(service, setup, client, workers, group)
    var failure: (any Error)?
    do { try await test(page) } catch { failure = error }
    try await client.shutDown()
    try await workers.shutDown()
    try await service.stop()
    try await group.shutdownGracefully()
    if let failure { throw failure }
  }

  private init(
    _ service: ScriptedService, _ setup: Setup, _ client: UpstreamClient, _ workers: WorkerPool,
    _ group: MultiThreadedEventLoopGroup
  ) async throws {
    self.service = service
    loops = Array(group.makeIterator())
    executors = LoopExecutors(group)
    cache = SectionStore(capacity: 16 << 20, maxRefreshes: setup.maxRefreshes, shared: setup.shared)
    let sections = setup.sections.map { name in
      let body = setup.method == .post ? "{}" : nil
      return SectionDefinition(
        name: name, upstream: "service",
        everything: SectionRequest(RequestTemplate(setup.method, "/\(name)", body: body), shape: .list, notFoundIsEmpty: true),
        oneUser: SectionRequest(
          RequestTemplate(setup.method, "/\(name)/{user_id}", body: body), shape: .list, notFoundIsEmpty: true),
        cache: setup.policy)
    }
    aggregator = try await Aggregator(
      sections: sections, clients: ["service": client],
      cache: SectionCaching(cache, maker: CacheKeyMaker(configurationVersion: "1"), patience: setup.patience), workers: workers,
      on: group)
  }

  /// One request, as a connection on a loop makes it.
  func get(
    user: Int64? = nil, as principal: String? = nil, strict: Bool = false, within time: TimeAmount = .seconds(30),
    hurried: Bool = false, on loop: Int = 0
  ) async -> Document {
    let identity = principal.map { [HeaderField(name: "authorization", value: $0)] } ?? []
    let request = DocumentRequest(
      user: user, identity: identity, requestID: "test", deadline: .now() + time, isHurried: hurried, isStrict: strict,
      eventLoop: loops[loop])
    return await executors[loops[loop]].run { await aggregator.consolidated(request) }
  }

  /// Waits until so many wait for calls.
  func waited(by count: Int) async throws {
    while cache.flights.load.waiters < count {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  /// Waits until nothing is under way, neither for anybody nor in the background.
  func settled() async throws {
    while cache.flights.load.flights > 0 {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  /// A purge of now, and the moment after it: what is fetched from here on has not been purged.
  func purge(_ tags: [String], _ mode: PurgeMarks.Mode) async -> Int {
    let moment = Timestamp.now()
    let (entries, _) = cache.purge(tags, mode: mode, at: moment)
    while Timestamp.now() <= moment { await Task.yield() }
    return entries
  }
}

extension CachePolicy {
  /// Fresh for an hour, then gone; failures are forgotten at once.
  static let always = with(ttl: 3600)

  /// In seconds, without chance.
  static func with(
    _ scope: Scope = .principal, ttl: Int, whileRevalidate: Int = 0, ifError: Int = 0, negative: Int = 0
  ) -> CachePolicy {
    CachePolicy(
      scope: scope, ttl: .seconds(ttl), staleWhileRevalidate: .seconds(whileRevalidate), staleIfError: .seconds(ifError),
      negativeTTL: .seconds(negative), jitter: 0)
  }
}

extension Document {
  var first: SectionReport? { sections.first }

  /// The number of the call that brought the first section.
  var call: Int64? { root?["things"]?[0]?["call"]?.int }

  /// What the document says of its first section.
  var shown: JSONTree? { root?["metadata"]?["sections"]?["things"] }

  /// Nil where there is no document.
  var root: JSONTree? {
    guard let bytes, case .success(let tree) = Result(catching: { try JSONTree(bytes) }) else { return nil }
    return tree
  }
}
