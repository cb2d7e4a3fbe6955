import Caching
import Clients
import NIOCore
import Resilience
import Testing

@testable import Aggregation

/// Who is told what, and for whom a service is asked.
@Suite(.timeLimit(.minutes(1))) struct LiveSectionsTests {
  /// The live sections of a page on its first loop; what is told is text.
  private struct Live: Sendable {
    let sections: NIOLoopBound<LiveSections<String>>

    init(_ page: CachedPage, interval: TimeAmount = .hours(1)) async throws {
      let loop = page.loops[0]
      sections = try await loop.submit {
        NIOLoopBound(
          LiveSections<String>(
            page.aggregator, patience: .seconds(30), interval: interval, on: loop,
            digest: { $0.readableBytesView.reduce(1) { $0 &* 31 &+ UInt64($1) } },
            render: { news, hasData in
              let json = news.json(hasData: hasData).map { String(buffer: $0) }.joined()
              return "\(news.version.state) \(json.firstRange(of: "\"data\":").map { json[$0.upperBound...].dropLast() } ?? "-")"
            }), eventLoop: loop)
      }.get()
    }

    func listen(
      user: Int64? = nil, as principal: String? = nil, knowing known: [SectionVersion?] = []
    ) async throws -> Listener {
      let identity = principal.map { [HeaderField(name: "authorization", value: $0)] } ?? []
      let (told, tell) = AsyncStream.makeStream(of: String.self)
      let listening = try await sections.eventLoop.submit {
        let loop = sections.eventLoop
        let request = DocumentRequest(user: user, identity: identity, requestID: "test", deadline: .now(), eventLoop: loop)
        let listening = sections.value.listen(request, knowing: known) { tidings, _ in
          switch tidings {
          case .section(let text, let isFirst): tell.yield(isFirst ? "first \(text)" : text)
          case .document: tell.yield("document")
          }
        }
        return NIOLoopBound(listening, eventLoop: loop)
      }.get()
      return Listener(told: told, listening: listening)
    }
  }

  private struct Listener: Sendable {
    let told: AsyncStream<String>
    let listening: NIOLoopBound<LiveListening<String>>

    func next(_ count: Int) async -> [String] {
      var texts: [String] = []
      for await text in told {
        texts.append(text)
        if texts.count == count { break }
      }
      return texts
    }

    var known: [SectionVersion?] {
      get async throws { try await listening.eventLoop.submit { listening.value.known }.get() }
    }

    func leave() async throws { try await listening.eventLoop.submit { listening.value.cancel() }.get() }
  }

  private static func first(_ call: Int) -> String { "first fresh [{\"call\":\(call)}]" }

  @Test func oneFetchIsForAllWhoAreGivenTheSame() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      page.service.hold()
      let live = try await Live(page)
      var listeners: [Listener] = []
      for _ in 0..<50 { listeners.append(try await live.listen(as: "a")) }
      page.service.release()
      for listener in listeners { #expect(await listener.next(2) == [Self.first(1), "document"]) }
      #expect(page.service.requests.count == 1)
    }
  }

  @Test func whoeverTheServiceIsToldAnotherOfIsAnotherAudience() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      let live = try await Live(page)
      var heard: Set<String> = []
      for (user, principal) in [(nil, "a"), (nil, "b"), (1, "a"), (2, "a"), (nil, nil)] as [(Int64?, String?)] {
        let listener = try await live.listen(user: user, as: principal)
        heard.insert(await listener.next(2)[0])
      }
      #expect(heard.count == 5 && page.service.requests.count == 5)
    }
  }

  @Test func whoComesLaterIsToldWhatIsKnown() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, ifError: 60))) {
      .call($0)
    } test: { page in
      let live = try await Live(page)
      let first = try await live.listen()
      #expect(await first.next(2) == [Self.first(1), "document"])
      let later = try await live.listen()
      #expect(await later.next(2) == [Self.first(1), "document"])
      #expect(page.service.requests.count == 1)
    }
  }

  @Test func whoHasItAlreadyIsNotToldAgain() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      let live = try await Live(page)
      let first = try await live.listen()
      _ = await first.next(2)
      let known = try await first.known
      let again = try await live.listen(knowing: known)
      #expect(await again.next(1) == ["document"])
      // The same data, in another state than it was.
      let stale = known.map { $0.map { SectionVersion(state: .stale, digest: $0.digest) } }
      let changed = try await live.listen(knowing: stale)
      #expect(await changed.next(2) == ["first fresh -", "document"])
      // Of another document.
      let other = try await live.listen(knowing: known + known)
      #expect(await other.next(2) == [Self.first(1), "document"])
    }
  }

  @Test func whatIsPurgedIsFetchedAndTold() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      let listener = try await Live(page).listen()
      #expect(await listener.next(2) == [Self.first(1), "document"])
      for (call, mode) in [(2, PurgeMarks.Mode.hard), (3, .soft)] {
        _ = await page.purge(["things"], mode)
        #expect(await listener.next(1) == ["fresh [{\"call\":\(call)}]"])
      }
    }
  }

  @Test func whatFailsIsToldAndTriedAgain() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, ifError: 600))) {
      [1, 3].contains($0.number) ? .call($0) : .status(500)
    } test: { page in
      // What is fresh for no time is fetched after the interval.
      let listener = try await Live(page, interval: .milliseconds(250)).listen()
      #expect(
        await listener.next(4) == [Self.first(1), "document", "stale -", "fresh [{\"call\":3}]"])
    }
  }

  @Test func whatTookLongerToFetchThanItIsFreshIsFetchedAgainAtOnceAndNotAfterTheInterval() async throws {
    var policy = CachePolicy(jitter: 0)
    policy.ttl = .milliseconds(5)
    try await CachedPage.run(.init(policy)) {
      .call($0)
    } test: { page in
      page.service.hold()
      let listener = try await Live(page, interval: .hours(1)).listen()
      try await page.service.asked(times: 1)
      // It has to be too old when it arrives.
      let asked = Timestamp.now()
      while Timestamp.now().milliseconds < asked.milliseconds + 10 { await Task.yield() }
      page.service.release()
      #expect(await listener.next(3) == [Self.first(1), "document", "fresh [{\"call\":2}]"])
    }
  }

  @Test func whatMustNotBeKeptIsFetchedForEachAudience() async throws {
    try await CachedPage.run {
      .call($0, ("cache-control", "no-store"))
    } test: { page in
      let live = try await Live(page, interval: .milliseconds(250))
      let (a, b) = (try await live.listen(as: "a"), try await live.listen(as: "b"))
      let (first, second) = (await a.next(3), await b.next(3))
      #expect(first[1] == "document" && second[1] == "document")
      #expect(Set(first + second).count == 5)
      let asked = page.service.requests.map { $0["authorization"] ?? "" }
      #expect(Set(asked) == ["a", "b"])
    }
  }

  @Test func nothingIsFetchedForThoseWhoHaveLeft() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      page.service.hold()
      let live = try await Live(page)
      let (one, other) = (try await live.listen(), try await live.listen())
      try await page.service.asked(times: 1)
      try await one.leave()
      #expect(page.cache.flights.load.flights == 1)
      try await other.leave()
      try await page.settled()
      // Its connection is closed: nobody waits for what it would bring.
      try await page.service.left(times: 1)
      page.service.release()
      let back = try await live.listen()
      #expect(await back.next(2).last == "document")
      #expect(page.service.requests.count == 2)
    }
  }
}
