import Settings
import TestSupport
import Testing

@testable import Gateway

/// The token of the admin listener.
@Suite struct AdminTokenTests {
  private static let token = "a-token-of-24-characters"
  private static let good = "Host: localhost\r\nContent-Type: application/json\r\n"

  @Test(arguments: [
    "", "Authorization: Bearer \r\n", "Authorization: Bearer a-token-of-24-character\r\n",
    "Authorization: Bearer a-token-of-24-characters-\r\n", "Authorization: Basic a-token-of-24-characters\r\n",
    "Authorization: a-token-of-24-characters\r\n", "Authorization: Bearer  a-token-of-24-characters\r\n",
    "Authorization: Bearer A-TOKEN-OF-24-CHARACTERS\r\n", "X-API-Key: a-token-of-24-characters\r\n",
    "Authorization: Bearer a-token-of-24-characters\r\nAuthorization: Bearer a-token-of-24-characters\r\n",
  ]) func withoutTheTokenNothingIsDone(fields: String) async throws {
    let cache = ScriptedCache()
    try await AdminUnderTest.run(cache, token: Secret(Self.token)) { admin in
      let response = try await admin.post(#"{"tags":["*"]}"#, fields: Self.good + fields)
      #expect(response.status == 401 && response.fields["content-type"] == "application/problem+json")
      #expect(response.fields["www-authenticate"] == #"Bearer realm="tributary admin""#)
      #expect(!response.text.contains(Self.token))
      #expect(try await admin.get("/nothing", fields: "Host: localhost\r\n\(fields)").status == 401)
    }
    #expect(cache.purges.isEmpty)
  }

  @Test func whoHasItIsObeyedAndProbesNeedNone() async throws {
    let cache = ScriptedCache()
    try await AdminUnderTest.run(cache, token: Secret(Self.token)) { admin in
      for scheme in ["Bearer", "bearer"] {
        let response = try await admin.post(
          #"{"tags":["*"]}"#, fields: Self.good + "Authorization: \(scheme) \(Self.token)\r\n")
        #expect(response.status == 200)
      }
      #expect(try await admin.get("/livez").status == 200)
      #expect(try await admin.get("/readyz").status == 200)
    }
    #expect(cache.purges.count == 2)
  }

  @Test(arguments: [
    ("a-token-of-24-characters", true), ("0123456789abcdef", true), ("0123456789abcde", false), ("with a blank in it", false),
    ("ünïcode-is-no-token-at-all", false),
  ]) func aTokenIsLongEnoughToBeOne(text: String, isGood: Bool) {
    let settings = SettingsReader(SettingsSources(environment: ["TRIBUTARY_ADMIN_TOKEN": text]))
    let token = AdminConfiguration.token(reading: settings.scope("admin"))
    #expect((token != nil) == isGood)
    let problems = settings.problems()
    #expect(problems.isEmpty == isGood && !problems.contains { "\($0)".contains(text) })
  }
}
