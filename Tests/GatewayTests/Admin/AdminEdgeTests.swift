import NIOPosix
import Testing
import TestSupport

@testable import Gateway
@testable import Settings

/// The admin listener, over real sockets.
@Suite struct AdminEdgeTests {
  private static let json = "Content-Type: application/json\r\n"

  @Test func aPurgeIsDoneAndReported() async throws {
    let cache = ScriptedCache(PurgeReport(entries: 2, spread: .spread))
    try await AdminUnderTest.run(cache) { admin in
      let response = try await admin.post(#"{"tags":["users","user:7"],"mode":"hard"}"#)
      #expect(response.status == 200)
      #expect(response.text == #"{"mode":"hard","tags":["users","user:7"],"entries":2,"spread":"done"}"#)
      #expect(response.fields["content-type"] == "application/json" && response.fields["cache-control"] == "no-store")
      #expect(response.fields["x-request-id"]?.isEmpty == false)
      #expect(response.fields["access-control-allow-origin"] == nil)
    }
    #expect(cache.purges == [ScriptedCache.Purge(tags: ["users", "user:7"], isHard: true)])
  }

  @Test func whoWasNotToldIsInTheReport() async throws {
    try await AdminUnderTest.run(ScriptedCache(PurgeReport(entries: 0, spread: .failed("no connection")))) { admin in
      let response = try await admin.post(#"{"tags":["*"]}"#)
      #expect(response.status == 200)
      #expect(response.text == #"{"mode":"soft","tags":["*"],"entries":0,"spread":"failed","reason":"no connection"}"#)
    }
  }

  @Test func withoutACacheItSaysSo() async throws {
    try await AdminUnderTest.run(nil) { admin in
      let response = try await admin.post(#"{"tags":["users"]}"#)
      #expect(response.status == 409 && response.fields["content-type"] == "application/problem+json")
      #expect(response.text.contains("cache of this gateway is off"))
    }
  }

  @Test func whatIsWrongWithARequestIsRefused() async throws {
    let cache = ScriptedCache()
    try await AdminUnderTest.run(cache) { admin in
      let bad = try await admin.post(#"{"tags":["users"],"modus":"hard"}"#)
      #expect(bad.status == 400 && bad.text.contains("modus"))
      for fields in ["Host: localhost\r\n", "Host: localhost\r\nContent-Type: text/plain\r\n"] {
        let response = try await admin.post(#"{"tags":["users"]}"#, fields: fields)
        #expect(response.status == 415 && response.fields["accept"] == "application/json")
      }
      let big = try await admin.post(String(repeating: " ", count: 64 * 1024 + 1))
      #expect(big.status == 413)
      let wrong = try await admin.get("/admin/cache/purge")
      #expect(wrong.status == 405 && wrong.fields["allow"] == "POST, OPTIONS")
      let missing = try await admin.get("/api/dashboard/consolidated")
      #expect(missing.status == 404)
      let options = try await admin.get("/admin/cache/purge", method: "OPTIONS")
      #expect(options.status == 204 && options.fields["allow"] == "POST, OPTIONS")
    }
    #expect(cache.purges.isEmpty)
  }

  @Test(arguments: ["application/json; charset=utf-8", "Application/JSON"])
  func aTypeMayHaveParameters(type: String) async throws {
    try await AdminUnderTest.run(ScriptedCache()) { admin in
      let fields = "Host: localhost\r\nContent-Type: \(type)\r\n"
      let response = try await admin.post(#"{"tags":["users"]}"#, fields: fields)
      #expect(response.status == 200)
    }
  }

  @Test func aPageInABrowserIsRefused() async throws {
    let cache = ScriptedCache()
    try await AdminUnderTest.run(cache) { admin in
      for origin in ["https://evil.example", "null", "http://127.0.0.1:\(admin.port)"] {
        let fields = "Host: 127.0.0.1:\(admin.port)\r\nOrigin: \(origin)\r\n\(Self.json)"
        let response = try await admin.post(#"{"tags":["*"]}"#, fields: fields)
        #expect(response.status == 403, "\(origin)")
      }
      for host in ["evil.example", "evil.example:\(admin.port)", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
        let response = try await admin.post(#"{"tags":["*"]}"#, fields: "Host: \(host)\r\n\(Self.json)")
        #expect(response.status == 403 && response.fields["content-type"] == "application/problem+json", "\(host)")
        #expect(try await admin.get("/readyz", fields: "Host: \(host)\r\n").status == 403)
      }
    }
    #expect(cache.purges.isEmpty)
  }

  @Test(arguments: ["localhost", "LOCALHOST:8006", "127.0.0.1:8006", "10.1.2.3", "[::1]:8006", "gateway.internal:8006"])
  func whoAsksByAnAddressOrByOurNameIsAnswered(host: String) { #expect(AdminGuard(host: "Gateway.internal").isOurs(host)) }

  @Test func theProbesAreThoseOfThePublicListener() async throws {
    try await AdminUnderTest.run(nil) { admin in
      let (live, ready) = (try await admin.get("/livez"), try await admin.get("/readyz"))
      #expect(live.status == 200 && ready.status == 200)
      #expect(try await admin.get("/").status == 404)
      admin.publicDrain.start()
      #expect(try await admin.get("/livez").status == 200)
      let unready = try await admin.get("/readyz")
      // It goes on itself: whoever looks keeps the connection.
      #expect(unready.status == 503 && unready.fields["connection"] == nil)
    }
  }

  @Test func itsLinesSayWhoseTheyAre() async throws {
    let log = try TemporaryLog()
    try await AdminUnderTest.run(nil, logTo: log.descriptor) { _ = try await $0.get("/livez") }
    let lines = try log.lines()
    #expect(lines.count == 1 && lines[0].contains(#""listener":"admin""#) && lines[0].contains(#""route":"/livez""#))
  }

  @Test func theClientOfTheCommandIsToldWhatHappened() async throws {
    let report = PurgeReport(entries: 7, spread: .failed("no connection"))
    try await AdminUnderTest.run(ScriptedCache(report)) { admin in
      let address = try #require(BaseURL("http://127.0.0.1:\(admin.port)"))
      let request = try PurgeRequest(tags: ["users"], isHard: false)
      #expect(try await AdminClient(address, on: admin.group.next()).purge(request) == report)
      let elsewhere = try #require(BaseURL("http://127.0.0.1:\(admin.port)/elsewhere"))
      await #expect(throws: AdminClient.Failure.refused(status: 404, detail: Problem.notFound.detail)) {
        try await AdminClient(elsewhere, on: admin.group.next()).purge(request)
      }
    }
  }

  @Test func whatReachesOtherMachinesIsWarnedOf() {
    var configuration = AdminConfiguration()
    for host in ["127.0.0.1", "127.1.2.3", "localhost", "::1"] {
      configuration.host = host
      #expect(configuration.warning == nil, "\(host)")
    }
    for host in ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", "gateway"] {
      configuration.host = host
      #expect(configuration.warning?.contains(host) == true)
    }
    configuration.isEnabled = false
    #expect(configuration.warning == nil)
  }
}
