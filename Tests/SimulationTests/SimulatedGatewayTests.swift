import Clients
import Gateway
import NIOCore
import Testing

@testable import Simulation

@Suite struct SimulatedGatewayTests {
  private let settings = SimulatedSettings.reading()

  @Test func anAnswerHasTheSameBytesEachTime() async throws {
    for cache in SimulatedCache.allCases {
      let one = try await settings.answer(.summary) { $0.cache = cache }
      let other = try await settings.answer(.summary) { $0.cache = cache }
      #expect(one.head == other.head)
      #expect(one.body == other.body)
    }
  }

  @Test func whatIsWellIsACompleteAnswerThatMayBeKept() async throws {
    let answer = try await settings.answer(.consolidated)
    #expect(answer.headText.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.headText.hasSuffix("\r\n\r\n"))
    #expect(answer.field("cache-control") == "private, max-age=30")
    #expect(answer.field("etag") != nil)
    #expect(answer.field("date") == "Thu, 01 Jan 2026 12:00:00 GMT")
    #expect(answer.field("content-length") == String(answer.body.readableBytes))
    #expect(answer.text.contains(#""complete":true"#))
    #expect(answer.field("server-timing")?.contains("users;dur=0.00") == true)
  }

  @Test(arguments: [
    ("timeout", "timeout", "timeout"), ("connect-timeout", "timeout", "connect_timeout"),
    ("refused", "unavailable", "connection_refused"), ("unreachable", "unavailable", "unreachable"),
    ("unresolvable", "unavailable", "unresolvable_host"), ("tls", "unavailable", "tls_failed"),
    ("reset", "unavailable", "connection_reset"), ("truncated", "unavailable", "incomplete_response"),
    ("malformed", "invalid_response", "malformed_response"), ("too-large", "invalid_response", "body_too_large"),
    ("invalid", "invalid_response", "not_json"), ("wrong-shape", "invalid_response", "wrong_shape"),
    ("unauthorized", "unauthorized", "unauthorized"), ("overloaded", "overloaded", "too_many_requests"),
    ("unavailable", "unavailable", "server_error"), ("503", "unavailable", "server_error"),
    ("404", "invalid_response", "request_rejected"), ("307", "invalid_response", "redirected"),
  ])
  func eachFailureIsWhatItsWordSays(text: String, status: String, reason: String) async throws {
    let failure = try #require(SimulatedFailure(text))
    let answer = try await settings.answer(.consolidated) { $0.failures["metrics"] = failure }
    #expect(answer.status == 200)
    #expect(answer.text.contains(#""microservice3":"\#(status)""#))
    #expect(answer.text.contains(#""state":"missing","fetched_at":null,"reason":"\#(reason)""#))
    #expect(answer.field("cache-control")?.contains("no-store") == true)
    #expect(answer.field("etag") == nil)
    #expect(answer.field("proxy-status")?.contains(#"next-hop="metrics""#) == true)
  }

  @Test(arguments: ["", "ok", "200", "600", "5o3", "0503", "Timeout", "-503"]) func aWordThatIsNoneIsNone(text: String) {
    #expect(SimulatedFailure(text) == nil)
  }

  @Test func anEmptyAnswerIsNoFailure() async throws {
    let answer = try await settings.answer(.consolidated) { $0.failures["users"] = .word(.empty) }
    #expect(answer.text.contains(#""microservice1":"no_data""#))
    #expect(answer.text.contains(#""complete":true"#))
  }

  @Test func whereAllFailThereIsAProblem() async throws {
    var failures = Dictionary(uniqueKeysWithValues: settings.upstreams.map { ($0.name, SimulatedFailure.word(.timeout)) })
    let late = try await settings.answer(.summary) { $0.failures = failures }
    #expect(late.status == 504)
    failures["users"] = .refused
    let away = try await settings.answer(.summary) { $0.failures = failures }
    #expect(away.status == 503)
    #expect(away.field("content-type") == "application/problem+json")
    #expect(away.text.contains(RehearsedRequest.requestID))
  }

  @Test func theCacheAnswersForWhoFails() async throws {
    for (cache, state) in [(SimulatedCache.warm, "cached"), (.stale, "stale"), (.revalidating, "stale"), (.cold, "missing")] {
      let answer = try await settings.answer(.consolidated) {
        $0.cache = cache
        $0.failures["users"] = .refused
      }
      let states = answer.text.components(after: #""sections":{"users":{"state":""#)
      #expect(states.hasPrefix(state), "\(cache)")
    }
  }

  @Test func aUserIsAskedForAsByAClient() async throws {
    let answer = try await settings.answer(.consolidated) { $0.user = 7 }
    #expect(answer.text.contains(#""total_users":1"#))
    let unknown = try await settings.answer(.consolidated) { $0.user = 999_999 }
    #expect(unknown.text.contains(#""total_users":0"#))
    let cached = try await settings.answer(.consolidated) {
      ($0.user, $0.cache) = (7, .warm)
    }
    #expect(cached.text.contains(#""complete":true"#))
    #expect(cached.field("age") == "1")
  }

  @Test func filtersLeaveOutWhatTheyLeaveOutOfTheRealServices() async throws {
    let whole = try await settings.answer(.consolidated)
    let some = try await settings.answer(.consolidated) { $0.query = "min_views=500000&date_from=2025-01-01" }
    #expect(some.text.contains(#""complete":true"#))
    #expect(some.body.readableBytes < whole.body.readableBytes && some.text.contains(#""datePosted":"2025-"#))
    let one = try await settings.answer(.consolidated) { $0.query = "user_id=2&max_likes=40000" }
    #expect(one.text.contains(#""complete":true"#) && one.text.contains(#""total_users":1"#))
    let none = try await settings.answer(.summary) { $0.query = "min_views=999999999999" }
    #expect(none.text.contains(#""complete":true"#) && none.text.contains(#""total_views":0"#))
  }

  @Test(arguments: [
    "fields=summary.total_users", "top=20", "explain=0", "min_views=1000&fields=trends", "user_id=2",
  ]) func whatOnlyShapesTheAnswerDoesNotKeepTheCacheCold(query: String) async throws {
    let answer = try await settings.answer(.summary) {
      $0.query = query
      $0.cache = .warm
      $0.fields = [HeaderField(name: "Prefer", value: "handling=strict"), HeaderField(name: "If-None-Match", value: "\"x\"")]
      for upstream in settings.upstreams { $0.failures[upstream.name] = .refused }
    }
    #expect(answer.status == 200)
    #expect(answer.text.contains(#""state":"cached""#) && !answer.text.contains(#""state":"missing""#))
  }

  @Test func aRequestThatIsRefusedIsRefusedWhateverTheCacheHolds() async throws {
    for (query, status) in [("user_id=0", 400), ("date_from=never", 400), ("fields=nothing", 400), ("a b", 400)] {
      let answer = try await settings.answer(.summary) { ($0.query, $0.cache) = (query, .warm) }
      #expect(answer.status == status, "\(query)")
    }
  }

  @Test func aCacheThatCannotBeFilledIsNotTakenForAColdOne() async throws {
    let broken = SimulatedBodies(
      files: Dictionary(uniqueKeysWithValues: settings.upstreams.map { ($0.name, ByteBuffer(string: "no JSON")) }))
    await #expect(throws: SimulatedGateway.NotWarmed.self) {
      try await settings.answer(.summary, bodies: broken) { $0.cache = .warm }
    }
  }

  @Test func theLimitsOfTheServerHold() async throws {
    let long = String(repeating: "x", count: 9000)
    let fields: [(fields: [HeaderField], query: String?, status: Int)] = [
      ([], "a=\(long)", 414), ([HeaderField(name: "x-long", value: long + long)], nil, 431),
      ((0..<101).map { HeaderField(name: "x-\($0)", value: "1") }, nil, 431),
      ([HeaderField(name: "host", value: "a, b")], nil, 400), ([HeaderField(name: "x-long", value: long)], nil, 200),
    ]
    for example in fields {
      for cache in [SimulatedCache.cold, .warm] {
        let answer = try await settings.answer(.summary) {
          ($0.fields, $0.query, $0.cache) = (example.fields, example.query, cache)
        }
        #expect(answer.status == example.status)
        #expect((answer.field("connection") == "close") == (example.status != 200))
        #expect(answer.field("x-request-id") == RehearsedRequest.requestID)
      }
    }
  }

  @Test func fieldsOfTheRequestCount() async throws {
    let tag = try #require(try await settings.answer(.summary).field("etag"))
    let known = try await settings.answer(.summary) { $0.fields = [HeaderField(name: "If-None-Match", value: tag)] }
    #expect(known.status == 304)
    #expect(known.body.readableBytes == 0)
    let strict = try await settings.answer(.summary) {
      $0.fields = [HeaderField(name: "Prefer", value: "handling=strict")]
      $0.failures["users"] = .refused
    }
    #expect(strict.status == 503)
    await #expect(throws: RehearsedRequest.BadField.self) {
      try await settings.answer(.summary) { $0.fields = [HeaderField(name: "no name", value: "")] }
    }
  }

  @Test func bodiesOfOnesOwnAreSplicedAsTheyAre() async throws {
    let bodies = SimulatedBodies(files: [
      "users": ByteBuffer(string: #"[{"id": 1,  "odd": true}]"#), "users.7": ByteBuffer(string: #"{"id": 7}"#),
      "dashboard_data": ByteBuffer(string: "no JSON"),
    ])
    let all = try await settings.answer(.consolidated, bodies: bodies)
    #expect(all.text.hasPrefix(#"{"users":[{"id": 1,  "odd": true}],"#))
    #expect(all.text.contains(#""reason":"not_json""#))
    let one = try await settings.answer(.consolidated, bodies: bodies) { $0.user = 7 }
    #expect(one.text.hasPrefix(#"{"users":[{"id": 7}],"#))
  }

  @Test func whoIsAskedForATokenIsAnsweredAsAnAdministrator() async throws {
    var secured = settings
    secured.schemes = [.bearer]
    let answer = try await secured.answer(.consolidated) { $0.cache = .warm }
    #expect(answer.status == 200)
    #expect(answer.text.contains(#""complete":true"#))
    #expect(answer.field("vary")?.lowercased().contains("authorization") == true)
  }
}

extension String {
  /// What stands behind the text; empty where it does not occur.
  fileprivate func components(after text: String) -> Substring { firstRange(of: text).map { self[$0.upperBound...] } ?? "" }
}
