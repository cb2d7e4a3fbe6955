import NIOCore
import Testing
import Tracing

@testable import Clients

/// The spans of a section's look-ups, as they come out of its timeline.
@Suite struct CacheLookTests {
  private static func entries(_ steps: [(at: Int64, step: CacheStep)]) -> [RequestTimeline.Entry] {
    steps.map { RequestTimeline.Entry(at: moment($0.at), section: "users", event: TimelineEvent("x", .cache($0.step))) }
  }

  private static func moment(_ milliseconds: Int64) -> NIODeadline {
    .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
  }

  private static func look(
    _ kind: CacheLook.Kind, _ began: Int64, _ ended: Int64, _ finding: CacheStep.Finding? = nil, _ lease: CacheStep.Lease? = nil
  ) -> CacheLook {
    CacheLook(kind: kind, began: moment(began), ended: moment(ended), finding: finding, lease: lease)
  }

  private static func looks(_ steps: (at: Int64, step: CacheStep)...) -> [CacheLook] {
    CacheLook.all(in: entries(steps), from: moment(0), to: moment(100))
  }

  @Test func aHitIsOneLookFromTheBeginningOfItsSection() {
    #expect(Self.looks((1, .memory(.hit))) == [Self.look(.memory, 0, 1, .hit)])
  }

  @Test func theSharedLevelIsAskedTwiceWhereTheLeaseIsHeld() {
    let looks = Self.looks(
      (1, .memory(.miss)), (2, .redisAsked), (3, .redis(.miss)), (4, .leaseAsked), (6, .lease(.held)), (9, .redis(.hit)))
    #expect(
      looks == [
        Self.look(.memory, 0, 1, .miss), Self.look(.redis, 2, 3, .miss), Self.look(.lease, 4, 6, nil, .held),
        Self.look(.redis, 6, 9, .hit),
      ])
  }

  @Test func whereAnotherReplicaHasTheLeaseTheWaitIsSeen() {
    let looks = Self.looks(
      (1, .memory(.miss)), (1, .redisAsked), (2, .redis(.miss)), (2, .leaseAsked), (3, .lease(.taken)), (13, .redisAsked),
      (14, .redis(.hit)))
    #expect(
      looks.suffix(3) == [
        Self.look(.lease, 2, 3, nil, .taken), Self.look(.leaseWait, 3, 13), Self.look(.redis, 13, 14, .hit),
      ])
  }

  @Test func whatWasUnderWayEndsWithItsSectionAndFoundNothing() {
    #expect(Self.looks((1, .memory(.miss)), (2, .redisAsked)).last == Self.look(.redis, 2, 100))
    #expect(Self.looks((3, .leaseAsked), (4, .lease(.taken))).last == Self.look(.leaseWait, 4, 100))
  }

  /// Live, as for a request that is sampled: below the section's span, each ended once, and not told as events there.
  @Test func theyAreSpansBelowTheirSection() throws {
    let tracer = RecordingTracer()
    let timeline = Self.timeline(tracer)
    timeline.sectionBegan("users")
    for step in [CacheStep.memory(.miss), .redisAsked, .redis(.unavailable)] {
      timeline.add(TimelineEvent("x", .cache(step)), section: "users")
    }
    timeline.sectionEnded("users", state: "missing", failure: CallFailure(.timeout))
    let section = try #require(tracer.spans(named: "section users").first)
    try Self.expectLooks(of: tracer, below: section)
  }

  /// Of a request that was not to be recorded, and then went wrong.
  @Test func afterwardsTheyAreMadeOfTheTimeline() throws {
    let tracer = RecordingTracer()
    let timeline = Self.timeline(nil)
    timeline.sectionBegan("users")
    for step in [CacheStep.memory(.miss), .redisAsked, .redis(.unavailable)] {
      timeline.add(TimelineEvent("x", .cache(step)), section: "users")
    }
    timeline.sectionEnded("users", state: "missing", failure: CallFailure(.timeout))
    #expect(tracer.spans.isEmpty)
    timeline.tell(tracer, below: .topLevel)
    let section = try #require(tracer.spans(named: "section users").first)
    try Self.expectLooks(of: tracer, below: section)
  }

  private static func expectLooks(of tracer: RecordingTracer, below section: RecordedSpan) throws {
    let memory = try #require(tracer.spans(named: "cache memory").first)
    let redis = try #require(tracer.spans(named: "cache redis").first)
    #expect(tracer.spans.filter { $0.operationName != "root" }.map(\.ends) == [1, 1, 1])
    #expect(memory.parent == section.id && redis.parent == section.id)
    #expect(memory.kind == .internal && memory.text("tributary.cache.level") == "memory")
    #expect(memory.text("tributary.cache.result") == "miss" && memory.text("db.system.name") == nil && !memory.isError)
    #expect(redis.kind == .client && redis.text("db.system.name") == "redis" && redis.text("db.operation.name") == "GET")
    #expect(redis.text("tributary.cache.level") == "redis" && redis.text("tributary.cache.result") == "unavailable")
    #expect(redis.isError && redis.text("error.type") == "unavailable")
  }

  private static func timeline(_ tracer: RecordingTracer?) -> RequestTimeline {
    RequestTimeline(
      requestID: "r", trace: TraceContext(traceID: .random(), spanID: 1, isSampled: tracer != nil), began: .now(),
      deadline: .now() + .seconds(30), span: tracer?.startSpan("root", context: .topLevel), tracer: tracer)
  }
}
