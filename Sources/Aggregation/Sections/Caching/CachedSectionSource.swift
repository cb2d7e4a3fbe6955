import Caching
import Clients
import NIOCore
import Resilience

/// Delivers one section from the cache, and sees to it that it gets there: at most one fetch of a key is under way in this process,
/// whoever waits for it (design §5, docs/caching.md).
final class CachedSectionSource: SectionDelivery {
  let place: SectionPlace
  let cache: SectionStore
  /// How long a fetch may take, whoever waits for it.
  let patience: TimeAmount
  let clock: WallClock
  let source: SectionSource
  private let policy: CachePolicy
  private let keys: SectionKeys

  init(_ source: SectionSource, _ cache: SectionStore, policy: CachePolicy, keys: SectionKeys, patience: TimeAmount) {
    place = source.place
    clock = source.reader.clock
    self.source = source
    self.cache = cache
    self.policy = policy
    self.keys = keys
    self.patience = patience
  }

  func fetch(
    for request: DocumentRequest, use: SectionUse, _ completion: @escaping (SectionOutcome) -> Void
  ) -> (any SectionFetch)? {
    let key = keys.key(user: request.user, identity: source.identity(of: request), filters: request.filters)
    let now = clock.now()
    let found = cache.find(key, at: now)
    switch found {
    case .fresh(let stored):
      if request.timeline?.tellsHits == true { tell(request, .memory(found)) }
      completion(outcome(.cached(stored.value), CacheReport(.hit, stored, at: now), for: request))
      return nil
    case .stale(let stored) where !request.isStrict:
      tell(request, .memory(found))
      // A request that waits for nothing cannot tell whether the service is well; who tried last can.
      let failure = cache.lastFailure(for: key)
      completion(
        outcome(
          .stale(stored.value, failure), CacheReport(failure == nil ? .stale : .staleOnError, stored, at: now), for: request))
      if cache.failure(for: key, at: now) == nil { refresh(key, for: request, known: stored) }
      return nil
    case .stale, .fallback, .validator, .nothing: tell(request, .memory(found))
    }
    if let failure = cache.failure(for: key, at: now) {
      tell(request, .failureRemembered(failure))
      completion(missing(failure, found.fallback, for: request))
      return nil
    }
    return wait(key, for: request, known: found.stored, isSecond: false, completion)
  }

  private func wait(
    _ key: CacheKey, for request: DocumentRequest, known: StoredSection<Section>?, isSecond: Bool,
    _ completion: @escaping (SectionOutcome) -> Void
  ) -> any SectionFetch {
    let started = NIODeadline.now()
    var isLeader = false
    let chain = FetchChain()
    let wait = SectionWait(on: request.eventLoop, cache.flights) { [self] fetched in
      let took = Duration.nanoseconds((NIODeadline.now() - started).nanoseconds)
      let now = clock.now()
      switch fetched {
      case .fetched(let stored), .shared(let stored), .inMemory(let stored):
        // A purge has overtaken the flight: what it brought is from before.
        if !isSecond, cache.purges.verdict(fetchedAt: stored.freshness.fetchedAt, tags: stored.tags) != .ok {
          tell(request, .purged)
          chain.next = self.wait(key, for: request, known: nil, isSecond: true, completion)
          return
        }
        let result: SectionOutcome.Result
        let course: CacheReport.Course
        switch fetched {
        case .shared: (result, course) = (.cached(stored.value), .sharedHit)
        case .inMemory: (result, course) = (.cached(stored.value), .hit)
        default: (result, course) = (.fresh(stored.value), isLeader ? .miss : .collapsed)
        }
        completion(outcome(result, CacheReport(course, stored, at: now), took, for: request))
      case .failed(let failure):
        // Whoever waits for all the time that there is leaves no later than the flight ends, and would take it with him untold.
        if failure.reason == .timeout, !request.isHurried { remember(failure, for: key) }
        completion(missing(failure, cache.find(key, at: now).fallback, took, for: request))
      case .notForOthers: chain.next = source.fetch(for: request, use: .compute, completion)
      }
    }
    chain.first = wait
    let joined = wait.join(key, until: request.deadline, alarm: request.alarm?.value, by: request.requestID) { flight in
      isLeader = true
      SectionFlight(request, of: self, key: key, flight: flight, known: known, leader: wait).begin()
    }
    if let joined { tell(request, .joined(joined)) }
    return chain
  }

  private func tell(_ request: DocumentRequest, _ event: TimelineEvent) {
    request.timeline?.add(event, section: place.section)
  }

  /// Fetches another in the background, unless that is being done, or too much of it is.
  private func refresh(_ key: CacheKey, for request: DocumentRequest, known: StoredSection<Section>) {
    guard cache.refreshBegins() else { return }
    guard let flight = cache.flights.begin(key, by: request.requestID) else { return cache.refreshEnded() }
    place.instruments.refreshBegan()
    tell(request, .refreshBegan)
    SectionFlight(
      request, of: self, key: key, flight: flight, known: known, leader: nil, ended: { [cache] in cache.refreshEnded() }
    ).begin()
  }
}

/// A fetch that may be followed by another.
private final class FetchChain: SectionFetch {
  var first: SectionWait?
  var next: (any SectionFetch)?

  func cancel() {
    first?.cancel()
    next?.cancel()
  }
}

// MARK: What became of it

extension CachedSectionSource {
  private func missing(
    _ failure: CallFailure, _ fallback: StoredSection<Section>?, _ took: Duration = .zero, for request: DocumentRequest
  ) -> SectionOutcome {
    guard let fallback else { return outcome(.missing(failure), .none, took, for: request) }
    return outcome(.stale(fallback.value, failure), CacheReport(.staleOnError, fallback, at: clock.now()), took, for: request)
  }

  private func outcome(
    _ result: SectionOutcome.Result, _ report: CacheReport?, _ took: Duration = .zero, for request: DocumentRequest
  ) -> SectionOutcome {
    SectionOutcome(place: place, filler: source.reading(for: request).filler, result: result, cache: report, took: took)
  }
}

// MARK: For flights

extension CachedSectionSource {
  /// On behalf of all who wait: one caller's haste is not theirs.
  func question(for request: DocumentRequest) -> SectionQuestion {
    var question = source.question(for: request)
    question.call.isHurried = false
    return question
  }

  func ask(
    _ question: SectionQuestion, ifNot validators: Validators?, on eventLoop: any EventLoop, until deadline: NIODeadline,
    _ completion: @escaping (CallInFlight, CallInFlight.Outcome) -> Void
  ) -> CallInFlight {
    var call = question.call
    // To a POST it would mean "do it only if …" (RFC 9110 §13.1.2).
    for field in validators?.conditionalFields ?? [] where call.method == .get {
      call.conditions.append(HeaderField(name: field.name, value: field.value))
    }
    return source.ask(call, on: eventLoop, until: deadline, completion)
  }

  /// Reads a body with all that any document needs of it, in memory of just its size: it will be kept.
  func read(
    _ body: ByteBuffer, as reading: SectionReading, on eventLoop: any EventLoop,
    _ completion: @escaping (Result<Section, CallFailure>) -> Void
  ) {
    source.reader.read(body.exactCopy(), as: reading, for: .compute, isKept: true, on: eventLoop, completion)
  }

  /// - Parameter known: what a 304 is about.
  func decide(_ reply: UpstreamReply, for question: SectionQuestion, known: StoredSection<Section>?) -> ResponseFreshness {
    let decision = ResponseFreshness.decide(
      fields: reply.fields, policy: policy, identityFields: question.call.identity.map(\.name), receivedAt: clock.now(),
      chance: .random(in: 0...1))
    guard reply.isNotModified, let known else { return decision }
    return decision.unlessSilent(reply.fields, policy: policy, known: known.freshness.lifetimes)
  }

  func store(
    _ section: Section, _ freshness: Freshness, _ tags: [String], _ validators: Validators, for key: CacheKey
  ) -> StoredSection<Section> {
    cache.store(section, freshness: freshness, tags: tags, validators: validators, cost: section.cost, for: key)
  }

  /// Remembers that the upstream is not well, also for those who are given stale data and ask nobody. Not what passes by itself: that
  /// nobody waited, or that there was no place at that moment.
  func remember(_ failure: CallFailure, for key: CacheKey) {
    // Who is not let in any more must not see what he was shown when he was: that is no outage (RFC 5861 §4 is about 5xx).
    if failure.reason == .unauthorized, policy.scope == .principal { cache.remove(key) }
    switch failure.reason {
    case .cancelled, .concurrencyLimit, .queueTimeout: break
    default:
      cache.remember(
        failure, freshness: Freshness(fetchedAt: clock.now(), lifetimes: policy.negativeLifetimes(chance: .random(in: 0...1))),
        for: key)
    }
  }
}
