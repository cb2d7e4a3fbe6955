import EventLoops
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RateLimiting
import Resilience
import TestSupport
import Testing

@testable import Gateway

/// What is refused on the connection itself is told what the layers would have said, and no more of it.
@Suite struct LimitGateTests {
  /// So slow that nothing comes back while a test runs.
  private static func policy(_ name: String, _ count: Int, by subject: RateLimitPolicy.Subject = .address) -> RateLimitPolicy {
    RateLimitPolicy(name: name, subject: subject, rule: GCRA(limit: count, per: .seconds(24 * 3600)))
  }

  struct Asked: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var method = HTTPRequest.Method.get
    var target = "/api/dashboard/consolidated"
    var fields: HTTPFields = [:]
    var origins = ["https://a.example"]
    var countsPrincipals = false
  }

  static let refused = [
    Asked(testDescription: "a document"), Asked(testDescription: "its head", method: .head),
    Asked(testDescription: "a query", target: "/api/dashboard/summary?user_id=1&x=%22"),
    Asked(testDescription: "a report", target: "/api/health/services"),
    Asked(testDescription: "a stream", target: "/api/dashboard/stream", fields: [.accept: "text/event-stream"]),
    Asked(testDescription: "a page of an allowed origin", fields: [.origin: "https://a.example"]),
    Asked(testDescription: "a page of another origin", fields: [.origin: "https://b.example"]),
    Asked(testDescription: "any page", fields: [.origin: "https://b.example"], origins: ["*"]),
    Asked(testDescription: "no page", origins: ["*"]),
    Asked(testDescription: "a bad token", fields: [.authorization: "Bearer none"]),
    Asked(testDescription: "an odd id", fields: [.requestID: #"a"b\c"#]),
    Asked(testDescription: "a body's length", fields: [.contentLength: "0", .ifNoneMatch: "*"]),
    Asked(testDescription: "limits of principals too", countsPrincipals: true),
  ]

  @Test(arguments: refused) func itSaysWhatTheLayersSay(asked: Asked) async throws {
    let log = try TemporaryLog()
    var setup = SecuredGateway.Setup()
    setup.limits =
      [Self.policy("few", 1), Self.policy("more", 5)] + (asked.countsPrincipals ? [Self.policy("who", 9, by: .principal)] : [])
    (setup.origins, setup.logTo, setup.now) = (asked.origins, log.descriptor, { Instant(nanoseconds: 1_000_000_000) })
    try await SecuredGateway.run(setup) { secured in
      let loop = secured.eventLoop
      try await EventLoopExecutor(loop).run { () async throws in
        let peer = IPAddress("192.0.2.1")
        var head = HTTPRequest(
          method: asked.method, scheme: "http", authority: "a", path: asked.target, headerFields: asked.fields)
        if head.headerFields[.requestID] == nil { head.headerFields[.requestID] = "an-id" }
        head.headerFields[try #require(HTTPField.Name("traceparent"))] = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        func context() -> GatewayContext {
          var context = GatewayContext(on: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
          context.peer = peer
          return context
        }
        let (gate, responder) = (secured.gateway.gate(), secured.gateway.responder())
        #expect(gate.refusal(of: IncomingRequest(request: head), from: peer, on: loop) == nil)
        // What leads nowhere is counted too.
        var nowhere = head
        nowhere.path = "/nowhere"
        let passed = try await responder(Request(head: nowhere, body: request.body), context())
        #expect(passed.status == .unauthorized && passed.headers[.rateLimit] != nil)
        let refusal = try #require(gate.refusal(of: IncomingRequest(request: head), from: peer, on: loop))
        let (atOnce, body) = gate.answer(refusal, to: request, context())
        let layers = try await responder(request, context())
        #expect(atOnce.status == .tooManyRequests && layers.status == .tooManyRequests)
        #expect(Array(atOnce.headers) == Array(layers.headers))
        #expect(atOnce.body.contentLength == layers.body.contentLength)
        let collected = try await BodyCollector.collect(layers.body)
        #expect(collected == (asked.method == .head ? ByteBuffer() : body))
      }
    }
    let lines = try log.lines().filter { $0.contains(#""refused":"rate_limited""#) }.map { line in
      let members = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return members.filter { $0.key != "time" && $0.key != "duration_ms" }.map { "\($0.key): \($0.value)" }.sorted()
    }
    #expect(lines.count == 2 && lines.first == lines.last)
    #expect(lines.first?.contains("trace.id: 0123456789abcdef0123456789abcdef") == true)
  }

  @Test(arguments: [
    (HTTPRequest.Method.post, "/api/dashboard/consolidated"), (.options, "/api/dashboard/consolidated"),
    (.get, "/api/dashboard/consolidated/"), (.get, "//api/dashboard/consolidated"), (.get, "/nowhere"), (.get, "/livez"),
    (.get, "/"),
  ]) func whatItDoesNotKnowItLeavesToTheLayers(method: HTTPRequest.Method, target: String) async throws {
    var setup = SecuredGateway.Setup()
    setup.limits = [Self.policy("few", 1)]
    try await SecuredGateway.run(setup) { secured in
      try await EventLoopExecutor(secured.eventLoop).run { () async throws in
        let (gate, peer) = (secured.gateway.gate(), IPAddress("192.0.2.1"))
        func refuses(_ incoming: IncomingRequest) -> Bool { gate.refusal(of: incoming, from: peer, on: secured.eventLoop) != nil }
        var head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/nowhere")
        var context = GatewayContext(on: secured.eventLoop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        context.peer = peer
        _ = try await secured.gateway.responder()(Request(head: head, body: RequestBody(buffer: ByteBuffer())), context)
        (head.method, head.path) = (method, target)
        #expect(!refuses(IncomingRequest(request: head)))
        (head.method, head.path) = (.get, "/api/dashboard/summary")
        #expect(refuses(IncomingRequest(request: head)))
        #expect(!refuses(IncomingRequest(request: head).declined(.overloaded)))
      }
    }
  }
}

// MARK: Over sockets

extension LimitGateTests {
  private static func run(
    _ limit: Int, addresses: ClientAddress = ClientAddress(), h2c: Bool = false, logTo descriptor: Int32? = nil,
    _ test: @escaping @Sendable (EdgeUnderTest) async throws -> Void
  ) async throws {
    let limiting = Limiting(limiter: LocalLimiter(keys: 1000), keys: RateLimitKeyMaker())
    try await EdgeUnderTest.run(
      h2c: h2c, logTo: descriptor, rates: RequestLimits([policy("all", limit)], by: limiting, addresses: addresses),
      gated: ["/a"],
      routes: {
        $0.get("/a") { _, _ in "here" }
        $0.head("/a") { _, _ in "here" }
        $0.get("/b") { _, _ in "there" }
      }, test)
  }

  @Test func whoeverIsRefusedComesToNoLayerAndKeepsTheConnection() async throws {
    try await Self.run(3) { edge in
      try await edge.client { client in
        for _ in 0..<3 { #expect(try client.exchange("GET", "/a").status == 200) }
        var length: String?
        for number in 0..<5 {
          let response = try client.exchange("GET", "/a", fields: ["x-request-id": "id-\(number)"])
          #expect(response.status == 429 && response.fields["connection"] == nil && response.fields["date"] != nil)
          #expect(response.fields["x-request-id"] == "id-\(number)" && response.fields["x-content-type-options"] == "nosniff")
          let members = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
          #expect(members?["request_id"] as? String == "id-\(number)" && members?["instance"] as? String == "/a")
          length = response.fields["content-length"]
        }
        try client.request("HEAD", "/a", fields: ["x-request-id": "id-9"])
        let head = try client.response(toHead: true)
        #expect(head.status == 429 && head.fields["content-length"] == length)
        #expect(edge.asked.value == 3)
        // The head had no body: here begins the next answer.
        #expect(try client.exchange("GET", "/").status == 200)
        #expect(try client.exchange("GET", "/b").status == 429)
        #expect(edge.asked.value == 5)
      }
    }
  }

  @Test func aConnectionThatShallEndEndsWithTheRefusal() async throws {
    try await Self.run(1) { edge in
      let first = try await edge.client { try $0.exchange("GET", "/a").status }
      #expect(first == 200)
      try await edge.client { client in
        let response = try client.exchange("GET", "/a", fields: ["connection": "close"])
        #expect(response.status == 429 && response.fields["connection"] == "close")
        #expect(client.rest().end == .closed)
      }
      try await edge.client { client in
        try client.send("GET /a HTTP/1.0\r\nhost: test\r\n\r\n")
        let response = try client.response()
        #expect(response.status == 429 && response.fields["connection"] == "close" && !response.body.isEmpty)
        #expect(client.rest().end == .closed)
      }
      #expect(edge.asked.value == 1)
    }
  }

  @Test func requestsInOnePipelineAreRefusedInTheirOrder() async throws {
    let log = try TemporaryLog()
    try await Self.run(1, logTo: log.descriptor) { edge in
      try await edge.client { client in
        #expect(try client.exchange("GET", "/a").status == 200)
        try client.send((0..<200).map { "GET /a HTTP/1.1\r\nhost: test\r\nx-request-id: id-\($0)\r\n\r\n" }.joined())
        for number in 0..<200 {
          let response = try client.response()
          #expect(response.status == 429 && response.fields["x-request-id"] == "id-\(number)")
        }
      }
    }
    #expect(try log.lines().count { $0.contains(#""refused":"rate_limited""#) } == 200)
  }

  @Test func inHTTP2TooARefusalComesToNoLayer() async throws {
    try await Self.run(1, h2c: true) { edge in
      let answers = try await edge.frames { client in
        try [
          client.exchange("GET", "/a"), client.exchange("GET", "/a"), client.exchange("HEAD", "/a"), client.exchange("GET", "/"),
        ]
      }
      #expect(answers.map(\.status) == [200, 429, 429, 200])
      for refused in answers[1...2] {
        #expect(refused.fields["content-type"] == "application/problem+json" && refused.fields["retry-after"] != nil)
        #expect(refused.fields["ratelimit"]?.hasPrefix(#""all";r=0;t="#) == true && refused.fields["x-request-id"] != nil)
        #expect(refused.reset == nil)
      }
      #expect(answers[1].text.contains(#""status":429"#) && answers[2].body.isEmpty)
      #expect(edge.asked.value == 2)
    }
  }

  @Test func oneBehindAProxyIsRefusedAndTheOthersAreNot() async throws {
    var addresses = ClientAddress()
    addresses.trusted = try #require(TrustedProxies(["127.0.0.1"]))
    try await Self.run(2, addresses: addresses) { edge in
      try await edge.client { client in
        for (forwarded, expected) in [
          ("192.0.2.1", [200, 200, 429, 429]), ("192.0.2.2", [200, 200, 429, 429]), ("2001:db8::1", [200, 200, 429, 429]),
          ("2001:db8:0:1::1", [200, 200, 429, 429]), ("2001:db8::2", [429, 429, 429, 429]),
        ] {
          let statuses = try (0..<4).map { _ in try client.exchange("GET", "/a", fields: ["x-forwarded-for": forwarded]).status }
          #expect(statuses == expected)
        }
      }
      #expect(edge.asked.value == 8)
    }
  }
}

@Suite struct KnownClientsTests {
  @Test func clientsThatShareAPlaceAreNotTakenForEachOther() throws {
    let policy = RateLimitPolicy(name: "a", subject: .address, rule: GCRA(limit: 1, per: .seconds(1)))
    let (known, keys) = (KnownClients(bits: 0), RateLimitKeyMaker())
    let clients = try ["192.0.2.1", "192.0.2.2", "2001:db8::"].map { try #require(IPAddress($0)) }
    for client in clients + clients + clients.reversed() {
      let claim = { RateLimitClaim(policy: policy, key: keys.key(policy, client.customer)) }
      #expect(known.claims(of: client) { [claim()] }.map(\.key) == [claim().key])
      #expect(known.claims(of: client) { [] }.map(\.key) == [claim().key])
    }
  }

  @Test func allOfACustomersAddressesAreOneClient() throws {
    func network(_ text: String) throws -> IPAddress { try #require(IPAddress(text)).network }
    #expect(try network("2001:db8::1") == network("2001:db8::ffff:0:0:2") && network("2001:db8::1") != network("2001:db8:0:1::1"))
    #expect(try network("192.0.2.1") == network("::ffff:192.0.2.1") && network("192.0.2.1") != network("192.0.2.2"))
  }
}

@Suite struct RefusalPaceTests {
  @Test func soManyInARowAndThenTheOthersComeFirst() {
    var pace = RefusalPace()
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    for period in 0..<3 {
      let now = start + RefusalPace.period * period
      let (atOnce, later) = (
        (0..<20).count { _ in pace.take(at: now) }, pace.take(at: now + RefusalPace.period - .nanoseconds(1))
      )
      #expect(atOnce == RefusalPace.batch && !later && pace.next == now + RefusalPace.period)
    }
  }

  @Test func whoComesNowAndThenNeverWaits() {
    var pace = RefusalPace()
    let passed = (1...100).count { pace.take(at: .uptimeNanoseconds(UInt64($0) * 60_000)) }
    #expect(passed == 100)
  }
}
