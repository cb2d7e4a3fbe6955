import Testing
import TestSupport
import Upstreams

/// Routes, identity and error bodies of the four services.
struct ServiceTests {
  @Test func healthNeedsNoIdentity() async throws {
    try await withFakes { fakes in
      let probes: [(ServiceName, String, String)] = [
        (.users, "/api/v1/actuator/health", #"{"status":"UP"}"#), (.accounts, "/", #"{"message":"Echo Test OK"}"#),
        (.metrics, "/", #"{"status":"up"}"#), (.dashboard, "/health", "OK"),
      ]
      for (name, path, body) in probes {
        let response = try fakes.connect(to: name).exchange("GET", path)
        #expect(response.status == 200 && response.text == body)
      }
    }
  }

  @Test(arguments: [nil, "Bearer nobody", "Basic admin-token", "Bearer ", "Bearer user--token", "Bearer user-x-token"])
  func usersRefusesAnUnknownCallerWithAnEmpty403(authorization: String?) async throws {
    try await withFakes { fakes in
      for path in ["/api/v1/auth/users", "/api/v1/auth/profile/1"] {
        let fields = authorization.map { ["authorization": $0] } ?? [:]
        let response = try fakes.connect(to: .users).exchange("GET", path, fields: fields)
        #expect(response.status == 403 && response.body.isEmpty && response.fields["content-length"] == "0")
      }
    }
  }

  @Test func aUserReadsProfilesAndMayNotList() async throws {
    try await withFakes { fakes in
      let user = ["authorization": "Bearer " + FakeCredentials.userToken(3)]
      let connection = try fakes.connect(to: .users)
      #expect(try connection.exchange("GET", "/api/v1/auth/profile/3", fields: user).json["id"] == .number(3))
      #expect(try connection.exchange("GET", "/api/v1/auth/users", fields: user).status == 403)
      #expect(try connection.exchange("GET", "/api/v1/auth/users", fields: admin).status == 200)
    }
  }

  @Test func credentialsCanBeSet() async throws {
    let credentials = FakeCredentials(adminTokens: ["root"], userTokens: ["me"], acceptsNumberedUserTokens: false)
    try await withFakes(UpstreamsConfiguration(credentials: credentials)) { fakes in
      let connection = try fakes.connect(to: .users)
      let expected = [("root", 200, 200), ("me", 403, 200), ("admin-token", 403, 403), ("user-1-token", 403, 403)]
      for (token, list, profile) in expected {
        let fields = ["authorization": "Bearer \(token)"]
        #expect(try connection.exchange("GET", "/api/v1/auth/users", fields: fields).status == list)
        #expect(try connection.exchange("GET", "/api/v1/auth/profile/1", fields: fields).status == profile)
      }
    }
  }

  @Test func anUnknownProfileIsA404WithErrorAndMessage() async throws {
    try await withFakes { fakes in
      for id in ["0", "21", "-1", "9223372036854775807"] {
        let response = try fakes.fetch(.users, "GET", "/api/v1/auth/profile/\(id)")
        #expect(response.status == 404)
        #expect(try response.json.object?.keys.sorted() == ["error", "message"])
      }
      #expect(try fakes.fetch(.users, "GET", "/api/v1/auth/profile/abc").status == 400)
    }
  }

  @Test(arguments: [[:], ["x-user-id": "1"], ["x-user-role": "USER"], ["x-user-id": "", "x-user-role": "USER"]])
  func accountsRefusesAnIncompleteIdentityWithAMessage(fields: [String: String]) async throws {
    try await withFakes { fakes in
      for path in ["/scrapedAccounts", "/scrapedAccounts/user/1", "/questions"] {
        let response = try fakes.connect(to: .accounts).exchange("GET", path, fields: fields)
        #expect(response.status == 401)
        #expect(try response.json.object?.keys.map { $0 } == ["message"])
      }
    }
  }

  @Test(arguments: [
    ("", 422), ("{", 422), ("[]", 422), (#"{"userId":"abc"}"#, 422), (#"{"userId":1.5}"#, 422), (#"{"userId":1}x"#, 422),
    ("{}", 200), (#"{"userId":null}"#, 200), (#"{"userId":"7"}"#, 200), (#" { "a" : [1,{"b":"]"}] , "userId" : 1 } "#, 200),
    (#"{"userId":99999999999999999999}"#, 422), (#"{"userId":9223372036854775807}"#, 200), (#"{"userId"}"#, 422), (#"{"a\"#, 422),
  ])
  func metricsChecksItsBody(body: String, status: Int) async throws {
    try await withFakes { fakes in
      let response = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: body)
      #expect(response.status == status)
      if status == 422 { #expect(try response.json["detail"]?.list?.isEmpty == false) }
    }
  }

  @Test func metricsFiltersByUserAndByAdministrator() async throws {
    try await withFakes { fakes in
      let ofNobody = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: #"{"userId":4711}"#)
      #expect(ofNobody.text == #"{"items":[],"count":0,"dashboard":[]}"#)
      let ofAdmin = try fakes.fetch(.metrics, "POST", "/dbquery/admin", body: #"{"adminId":1}"#).json
      #expect(ofAdmin["items"]?.list?.isEmpty == false)
      #expect(ofAdmin["items"]?.list?.allSatisfy { $0["adminId"] == .number(1) } == true)
    }
  }

  @Test func unknownPathsAndMethodsAreAnsweredInTheFrameworksStyle() async throws {
    try await withFakes { fakes in
      let users = try fakes.fetch(.users, "GET", "/nowhere")
      #expect(users.status == 404)
      #expect(try users.json.object?.keys.sorted() == ["error", "message"])
      let accounts = try fakes.fetch(.accounts, "POST", "/scrapedAccounts")
      #expect(accounts.status == 404 && accounts.fields["content-type"] == "text/html; charset=utf-8")
      #expect(accounts.text.contains("Cannot POST /scrapedAccounts"))
      let metrics = try fakes.fetch(.metrics, "GET", "/dbquery/user")
      #expect(metrics.status == 405 && metrics.fields["allow"] == "POST" && metrics.text == #"{"detail":"Method Not Allowed"}"#)
      #expect(try fakes.fetch(.metrics, "GET", "/nowhere").text == #"{"detail":"Not Found"}"#)
      let dashboard = try fakes.fetch(.dashboard, "DELETE", "/getDashboardInfo")
      #expect(dashboard.status == 405)
      #expect(try dashboard.json["path"] == .text("/getDashboardInfo"))
      let unknown = try fakes.fetch(.dashboard, "GET", "/nowhere/%22?x=1").json
      #expect(unknown.object?.keys.sorted() == ["error", "path", "status", "timestamp"])
    }
  }
}
