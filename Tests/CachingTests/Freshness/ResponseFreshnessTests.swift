import Resilience
import TestSupport
import Testing

@testable import Caching

@Suite struct ResponseFreshnessTests {
  private static let now = Timestamp(milliseconds: 784_111_777_000)

  private func decide(
    _ fields: [(String, String)], policy: CachePolicy = CachePolicy(jitter: 0), identity: [String] = [], chance: Double = 0.5
  ) -> ResponseFreshness {
    ResponseFreshness.decide(
      fields: fields.map { (name: $0.0, value: $0.1) }, policy: policy, identityFields: identity, receivedAt: Self.now,
      chance: chance)
  }

  private func stored(_ fresh: Int64, _ whileRevalidate: Int64 = 60, _ ifError: Int64 = 600) -> ResponseFreshness {
    .store(Lifetimes(fresh: fresh * 1000, staleWhileRevalidate: whileRevalidate * 1000, staleIfError: ifError * 1000))
  }

  @Test func withoutAWordThePolicyHolds() {
    #expect(decide([]) == stored(30))
    #expect(decide([("Content-Type", "application/json"), ("Cache-Control", "public, immutable, nonsense=1")]) == stored(30))
  }

  @Test func whatIsLaxerChangesNothing() {
    #expect(decide([("Cache-Control", "max-age=600")]) == stored(30))
    #expect(decide([("cache-control", "s-maxage=600, stale-while-revalidate=9999, stale-if-error=99999")]) == stored(30))
    #expect(decide([("Cache-Control", "max-age=99999999999999999999, stale-if-error=99999999999999999999")]) == stored(30))
  }

  @Test func aShorterLifeIsObeyed() {
    #expect(decide([("Cache-Control", "max-age=5")]) == stored(5))
    #expect(decide([("Cache-Control", "max-age=5, stale-while-revalidate=2, stale-if-error=20")]) == stored(5, 2, 20))
    #expect(decide([("Cache-Control", "stale-while-revalidate=0, stale-if-error=0")]) == stored(30, 0, 0))
    #expect(decide([("Cache-Control", "max-age=20, stale-if-error=nonsense")]) == stored(20, 60, 0))
  }

  @Test func forASharedCacheItsOwnDirectiveGoesFirst() {
    #expect(
      decide([("Cache-Control", "max-age=20, s-maxage=10, stale-while-revalidate=5, stale-if-error=7")]) == stored(10, 5, 7))
    #expect(decide([("Cache-Control", "max-age=5, s-maxage=10, stale-while-revalidate=5, stale-if-error=7")]) == stored(10, 5, 7))
    // RFC 9111 §5.2.2.10: alone it forbids stale use.
    #expect(decide([("Cache-Control", "s-maxage=10")]) == stored(10, 0, 0))
    // Beyond our ttl the answer is still fresh to the upstream: 40 s of its 40 are all ours.
    #expect(decide([("Cache-Control", "s-maxage=40")]) == stored(30, 10, 10))
  }

  @Test(arguments: ["must-revalidate", "proxy-revalidate"]) func whatMustBeRevalidatedIsNeverStaleToTheUpstream(directive: String)
  {
    #expect(decide([("Cache-Control", directive)]) == stored(30, 0, 0))
    #expect(decide([("Cache-Control", "max-age=10, \(directive), stale-if-error=60")]) == stored(10, 0, 0))
    #expect(decide([("Cache-Control", "max-age=50, \(directive)")]) == stored(30, 20, 20))
    #expect(decide([("Cache-Control", "max-age=0, \(directive)")]) == .storeForRevalidation)
  }

  @Test func endsOfWindowsAreComparedNotLengths() {
    #expect(decide([("Cache-Control", "max-age=600, stale-while-revalidate=0, stale-if-error=10")]) == stored(30, 60, 580))
  }

  @Test func whatIsNeverFreshGoesOutStaleOnlyWithTheUpstreamsWord() {
    #expect(decide([("Cache-Control", "max-age=0")]) == stored(0, 0, 600))
    #expect(decide([("Cache-Control", "max-age=nonsense")]) == stored(0, 0, 600))
    #expect(decide([("Cache-Control", "max-age=1, max-age=100")]) == stored(0, 0, 600))
    #expect(decide([("Cache-Control", "max-age=0, stale-while-revalidate=5")]) == stored(0, 5, 600))
  }

  @Test func noStoreAndPrivateAreObeyed() {
    #expect(decide([("Cache-Control", "max-age=600"), ("Cache-Control", "no-store")]) == .doNotStore(.noStore))
    #expect(decide([("Cache-Control", "private")]) == .doNotStore(.isPrivate))
    #expect(decide([("Cache-Control", "private, max-age=5")], policy: CachePolicy(scope: .principal, jitter: 0)) == stored(5))
    #expect(decide([("Cache-Control", "no-cache, max-age=600")]) == .storeForRevalidation)
    #expect(decide([("Cache-Control", "no-cache, no-store")]) == .doNotStore(.noStore))
    #expect(decide([], policy: CachePolicy(isEnabled: false)) == .doNotStore(.disabled))
  }

  @Test(arguments: [
    ("Accept-Encoding", false), ("*", true), ("accept-encoding, *", true), ("Authorization", true), ("accept, COOKIE", true),
    ("X-Tenant", true), ("x-tenantx", false), ("", false), (" , ,", false),
  ])
  func aVaryThatTheKeyDoesNotHoldIsNotStored(vary: String, refused: Bool) {
    #expect(decide([("Vary", vary)], identity: ["x-tenant"]) == (refused ? .doNotStore(.varies) : stored(30)))
    let principal = CachePolicy(scope: .principal, jitter: 0)
    #expect(
      decide([("Vary", vary)], policy: principal, identity: ["x-tenant"])
        == (vary.contains("*") ? .doNotStore(.varies) : stored(30)))
  }

  @Test(arguments: [
    ("8", 2), ("8, 1", 2), (" 8 ", 2), ("10", 0), ("11", 0), ("99999999999999999999999", 0), ("x", 10), ("-1", 10), ("", 10),
    (",8", 2),
  ])
  func theTimeInOtherCachesCounts(age: String, fresh: Int) {
    let expected = stored(Int64(fresh), fresh == 0 ? 0 : 60)
    #expect(decide([("Cache-Control", "max-age=10"), ("Age", age)]) == expected)
  }

  @Test func expiresCountsWhereThereIsNoMaxAge() {
    let (date, later) = (("Date", "Sun, 06 Nov 1994 08:49:30 GMT"), ("Expires", "Sun, 06 Nov 1994 08:49:42 GMT"))
    #expect(decide([date, later]) == stored(12))
    #expect(decide([later]) == stored(5))
    #expect(decide([date, later, ("Age", "2")]) == stored(10))
    #expect(decide([date, later, ("Cache-Control", "max-age=7")]) == stored(7))
    for past in ["0", "-1", "", "Sun, 06 Nov 1994 08:49:00 GMT", "nonsense"] {
      #expect(decide([date, ("Expires", past)]) == stored(0, 0))
    }
    #expect(decide([date, later, ("Expires", "Sun, 06 Nov 1994 08:49:43 GMT")]) == stored(0, 0))
  }

  @Test func whatTheUpstreamAllowsIsShrunkByChanceButNeverStretched() {
    let policy = CachePolicy()
    for (chance, ttl, theirs) in [(0.0, Int64(27_000), Int64(9000)), (0.5, 30_000, 10_000), (1.0, 33_000, 10_000)] {
      guard case .store(let ours) = decide([], policy: policy, chance: chance),
        case .store(let limited) = decide([("Cache-Control", "max-age=10, must-revalidate")], policy: policy, chance: chance)
      else {
        Issue.record("not stored")
        continue
      }
      #expect(ours.fresh == ttl)
      #expect(limited.fresh == theirs)
      #expect(limited.total == 10_000)
    }
  }

  /// Whatever the upstream says: no window ends later than the policy's own.
  @Test func noFieldMakesAnythingLaxerThanThePolicy() {
    var random = SeededGenerator(seed: 4)
    let words = [
      "max-age=", "s-maxage=", "stale-while-revalidate=", "stale-if-error=", "must-revalidate", "public", "no-cache", "\"",
      "junk",
    ]
    let numbers = ["0", "1", "29", "31", "100", "5000", "2147483648", "99999999999999999999", "x", ""]
    for _ in 0..<20_000 {
      let line = (0..<random.draw(0..<5)).map { _ in words[random.draw(0..<words.count)] + numbers[random.draw(0..<numbers.count)]
      }
      let fields = [("Cache-Control", line.joined(separator: ",")), ("Age", numbers[random.draw(0..<numbers.count)])]
      let chance = random.chance()
      guard case .store(let lifetimes) = decide(fields, policy: CachePolicy(), chance: chance) else { continue }
      let ours = CachePolicy().lifetimes(chance: chance)
      #expect(lifetimes.fresh <= ours.fresh)
      #expect(lifetimes.fresh + lifetimes.staleWhileRevalidate <= ours.fresh + ours.staleWhileRevalidate)
      #expect(lifetimes.fresh + lifetimes.staleIfError <= ours.fresh + ours.staleIfError)
    }
  }
}
