import Caching
import Clients
import NIOCore
import Resilience

/// One fetch of one key, on behalf of all who wait for it: from the level that replicas share, else from the upstream, under a lease.
/// Belongs to the loop of who began it.
///
/// ```
/// shared level ─ fresh ────────────────────────────────────────────────────────▶ told
///      ├ cannot be asked: upstream, without a lease ────────────────────────────▶ told
///      └ else: lease ─ held: looks once more ─ fresh ────────────────────────────▶ told
///                │                    └ else, or nobody can be asked ─▶ upstream ─▶ read, stored ─▶ told
///                └ taken: looks again after 10, 20, 40 … 100 ms, until the lease must be over
/// ```
final class SectionFlight {
  typealias Flight = Coalescer<FetchedSection<Section, CallFailure>>.Flight

  private let source: CachedSectionSource
  /// Made when the upstream is asked: what lies in Redis needs none.
  private lazy var question = ask()
  private let ask: () -> SectionQuestion
  private let reading: SectionReading
  /// Of whoever began it.
  private let trail: SectionTrail?
  private let key: CacheKey
  private let flight: Flight
  private let deadline: NIODeadline
  /// What is kept, whatever its age: it may still hold.
  private let known: StoredSection<Section>?
  /// Who asked first; nobody for a refresh in the background.
  private let leader: SectionWait?
  private let ended: () -> Void

  private let began: Timestamp
  private let eventLoop: any EventLoop
  private var call: CallInFlight?
  private var lease: RefreshLease?
  private var pause = TimeAmount.milliseconds(10)
  private var isOver = false

  private static let longestPause = TimeAmount.milliseconds(100)
  /// A holder that has not come back after this long is dead.
  private static let longestLease = TimeAmount.seconds(2)

  /// - Parameter ended: called once, when the flight is over.
  init(
    _ request: DocumentRequest, of source: CachedSectionSource, key: CacheKey, flight: Flight, known: StoredSection<Section>?,
    leader: SectionWait?, ended: @escaping () -> Void = {}
  ) {
    ask = { source.question(for: request) }
    reading = source.source.reading(for: request)
    trail = request.timeline.map { SectionTrail($0, section: source.place.section) }
    self.source = source
    self.key = key
    self.flight = flight
    self.known = known
    self.leader = leader
    eventLoop = request.eventLoop
    self.ended = ended
    deadline = .now() + source.patience
    began = source.clock.now()
  }

  func begin() {
    if case .fresh(let stored) = source.cache.find(key, at: source.clock.now()) { return end(.inMemory(stored)) }
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    source.cache.flights.begun(flight) { [eventLoop] in eventLoop.execute { bound.value.cancel() } }
    if source.cache.shared == nil { askUpstream() } else { look(patience: .now() + Self.longestLease) }
  }

  /// Nobody waits any more.
  private func cancel() {
    guard !isOver else { return }
    call?.cancel()
    end(.failed(CallFailure(.cancelled)))
  }

  /// In the timeline of whoever began it.
  private func tell(_ event: TimelineEvent) { trail?.add(event) }

  private func end(_ fetched: FetchedSection<Section, CallFailure>) {
    guard !isOver else { return }
    isOver = true
    if let lease { source.cache.shared?.release(lease, for: key, section: source.place.section, on: eventLoop) }
    source.cache.flights.finish(flight, with: fetched)
    ended()
  }
}

// MARK: The level that replicas share

extension SectionFlight {
  private func look(patience: NIODeadline) {
    guard !isOver, let shared = source.cache.shared else { return }
    tell(.sharedAsked)
    shared.get(key, section: source.place.section, isAwaited: leader != nil, on: eventLoop) { [self] answer in
      take(answer) { [self] isMissing in if isMissing { acquire(patience: patience) } else { askUpstream() } }
    }
  }

  /// Ends with what was found, if it is fresh.
  ///
  /// - Parameter otherwise: told whether the level could be asked and has nothing fresh. Where it could not, nothing else is asked of
  ///   it: each command would cost those who wait its deadline once more.
  private func take(_ answer: SharedAnswer, otherwise: @escaping (_ isMissing: Bool) -> Void) {
    guard !isOver else { return }
    tell(.shared(answer))
    switch answer {
    case .unavailable: otherwise(false)
    case .missing: otherwise(true)
    case .found(let envelope):
      take(envelope) { [self] stored in
        guard !isOver else { return }
        if let stored, case .fresh = source.cache.judge(stored, at: source.clock.now()) { return end(.shared(stored)) }
        otherwise(true)
      }
    }
  }

  /// Keeps what another replica has fetched, unless what is here is as new.
  private func take(_ envelope: Envelope, _ then: @escaping (StoredSection<Section>?) -> Void) {
    if let known, known.freshness.fetchedAt >= envelope.freshness.fetchedAt { return then(known) }
    let keep = { [self] (section: Section) in
      source.store(section, envelope.freshness, envelope.tags, envelope.validators, for: key)
    }
    if let section = reading.section(from: envelope) {
      reading.countOddRows(of: section)
      return then(keep(section))
    }
    source.read(envelope.body, as: reading, on: eventLoop) { result in
      guard case .success(let section) = result else { return then(nil) }
      then(keep(section.fetched(at: envelope.freshness.fetchedAt)))
    }
  }

  private func acquire(patience: NIODeadline) {
    guard NIODeadline.now() < patience, let shared = source.cache.shared else { return askUpstream() }
    tell(.leaseAsked)
    shared.acquire(key, section: source.place.section, isAwaited: leader != nil, on: eventLoop) { [self] answer in
      guard !isOver else {
        // Nobody waits any more: the next to ask need not wait for a lease that nobody uses.
        if case .held(let lease) = answer { shared.release(lease, for: key, section: source.place.section, on: eventLoop) }
        return
      }
      switch answer {
      case .held(let lease):
        tell(.leaseHeld)
        self.lease = lease
        lookOnceMore()
      case .unavailable:
        tell(.leaseUnavailable)
        askUpstream()
      case .taken:
        tell(.leaseTaken)
        eventLoop.assumeIsolated().scheduleTask(in: min(pause, patience - .now())) { self.look(patience: patience) }
        pause = min(pause + pause, Self.longestPause)
      }
    }
  }
}

extension SectionFlight {
  /// Between the look and the lease another replica may have stored what it fetched, and given its lease back.
  private func lookOnceMore() {
    guard let shared = source.cache.shared else { return askUpstream() }
    shared.get(key, section: source.place.section, isAwaited: leader != nil, on: eventLoop) { [self] answer in
      take(answer) { [self] _ in askUpstream() }
    }
  }
}

// MARK: The upstream

extension SectionFlight {
  private func askUpstream() {
    guard !isOver else { return }
    call = source.ask(question, ifNot: known?.validators, on: eventLoop, until: deadline) { [self] call, answer in
      switch answer {
      case .failure(let failure): failed(failure)
      case .success(let reply) where reply.isNotModified: notModified(call, reply)
      case .success(let reply) where reply.isNotFound:
        call.judged(nil)
        arrived(reading.empty(fetchedAt: began), reply)
      case .success(let reply):
        source.read(reply.body, as: reading, on: eventLoop) { [self] section in
          question.tell(section)
          switch section {
          case .success(let section):
            call.judged(nil)
            arrived(section.fetched(at: began), reply)
          case .failure(let failure):
            call.judged(failure)
            failed(failure)
          }
        }
      }
    }
    if isOver { call?.cancel() }
  }

  private func failed(_ failure: CallFailure) {
    guard !isOver else { return }
    source.remember(failure, for: key)
    end(.failed(failure))
  }

  /// What is here still holds (RFC 9111 §4.3.4). Where the 304 says nothing of lifetimes, what was said with the body does.
  private func notModified(_ call: CallInFlight, _ reply: UpstreamReply) {
    guard let known else {
      call.judged(CallFailure(.malformedResponse))
      return failed(CallFailure(.malformedResponse))
    }
    call.judged(nil)
    arrived(known.value.fetched(at: began), reply)
  }

  private func arrived(_ section: Section, _ reply: UpstreamReply) {
    guard !isOver else { return }
    let decision = source.decide(reply, for: question, known: known)
    switch decision {
    case .store(let lifetimes): keep(section, lifetimes, reply)
    case .storeForRevalidation: keep(section, Lifetimes(fresh: 0, staleWhileRevalidate: 0, staleIfError: 0), reply)
    case .doNotStore:
      tell(.stored(false))
      source.cache.remove(key)
      let transient = source.cache.transient(
        section, freshness: Freshness(fetchedAt: began, lifetimes: Lifetimes(fresh: 0, staleWhileRevalidate: 0, staleIfError: 0)))
      leader?.told(.fetched(transient))
      end(.notForOthers)
    }
  }

  private func keep(_ section: Section, _ lifetimes: Lifetimes, _ reply: UpstreamReply) {
    let freshness = Freshness(fetchedAt: began, lifetimes: lifetimes)
    var validators = Validators(fields: reply.fields)
    if validators.isEmpty, reply.isNotModified, let known { validators = known.validators }
    let stored = source.store(section, freshness, question.tags, validators, for: key)
    tell(.stored(lifetimes.total > 0))
    if lifetimes.total > 0 {
      source.cache.shared?.put(
        Envelope(
          freshness: freshness, tags: question.tags, validators: validators, findings: section.findings, body: section.received),
        for: key, section: source.place.section, under: lease, on: eventLoop)
    }
    end(.fetched(stored))
  }
}
