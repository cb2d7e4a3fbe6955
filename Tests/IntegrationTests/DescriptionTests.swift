import Testing

/// `/openapi.json`, and the pages that show it.
@Suite struct DescriptionTests {
  private static let paths = ["/openapi.json", "/docs", "/redoc", "/assets/docs.js", "/assets/swagger-ui.css"]

  @Test func theyAreThereUnlessTheyAreSwitchedOff() async throws {
    try await withStack { stack in
      for path in Self.paths { #expect(try await stack.get(path).status == 200, "\(path)") }
      let api = try await stack.get("/openapi.json")
      #expect(try api.json["openapi"]?.text == "3.1.0" && api["content-type"] == "application/json")
    }
    try await withStack(StackSetup(environment: ["TRIBUTARY_SERVER_DOCS": "false"])) { stack in
      for path in Self.paths { try expectProblem(try await stack.get(path), status: 404, instance: path) }
    }
  }

  @Test func theyNeedNoCredentialWhereAllElseDoes() async throws {
    let setup = StackSetup(environment: [
      "TRIBUTARY_SERVER_TRUSTED_PROXIES": "127.0.0.1", "TRIBUTARY_AUTHENTICATION_TRUST_IDENTITY_HEADERS": "true",
    ])
    try await withStack(setup) { stack in
      for path in Self.paths { #expect(try await stack.get(path).status == 200, "\(path)") }
      let other = try await stack.get("/assets/other.js")
      #expect(other.status == 401)
    }
  }
}
