import Testing
import Upstreams

/// Contract §1: what clients call.
@Suite struct EndpointTests {
  static let paths = ["/", consolidated, summary, health]

  @Test func rootSaysThatTheProcessIsAliveWhateverTheServicesDo() async throws {
    try await withStack { stack in
      for name in sections.map(\.service) { try await stack.setFault(.refuse, of: name) }
      let response = try await stack.get("/")
      #expect(response.status == 200)
      #expect(response["content-type"] == "application/json")
      let body = try response.json
      #expect(body.keys == ["status", "service", "version", "message"])
      #expect(body["status"]?.text == "ok")
      #expect(body["service"]?.text == "tributary")
      #expect(body["version"]?.text?.isEmpty == false)
      #expect(body["message"]?.text?.isEmpty == false)
    }
  }

  @Test func everyEndpointAnswersJSONWithAnId() async throws {
    try await withStack { stack in
      for path in Self.paths {
        let response = try await stack.get(path)
        #expect(response.status == 200, "\(path)")
        #expect(response["content-type"] == "application/json", "\(path)")
        #expect(response["x-request-id"]?.isEmpty == false, "\(path)")
        #expect(response.all("x-request-id").count == 1, "\(path)")
        _ = try response.json
      }
    }
  }

  @Test func headHasTheFieldsOfGetAndNoBody() async throws {
    try await withStack { stack in
      for path in Self.paths + [consolidated + "?user_id=7", "/nothing"] {
        let get = try await stack.get(path)
        // A connection of its own: bytes of a body would be read as the head of the second answer.
        let client = try await RawClient.connect(port: stack.gateway.port)
        let head = try await client.exchange("HEAD", path)
        let second = try await client.exchange("HEAD", path)
        try await client.close()
        #expect(head.status == get.status, "\(path)")
        #expect(second.status == get.status, "\(path)")
        #expect(head.fields.map(\.name).sorted() == get.fields.map(\.name).sorted(), "\(path)")
        #expect(head["content-type"] == get["content-type"], "\(path)")
        // Latencies and times stand in the health report; only its length may differ.
        if path != health { #expect(head["content-length"] == get["content-length"], "\(path)") }
        #expect(head["cache-control"] == get["cache-control"], "\(path)")
      }
    }
  }

  @Test func plainOptionsNamesTheMethods() async throws {
    try await withStack { stack in
      for path in Self.paths {
        let response = try await RawClient.fetch("OPTIONS", port: stack.gateway.port, path)
        #expect((200..<300).contains(response.status), "\(path)")
        #expect(Self.methods(response["allow"]) == ["GET", "HEAD", "OPTIONS"], "\(path)")
        #expect(response.body.isEmpty, "\(path)")
      }
    }
  }

  @Test func theServerAsAWholeHasOptionsToo() async throws {
    try await withStack { stack in
      let response = try await RawClient.fetch("OPTIONS", port: stack.gateway.port, "*")
      #expect(response.status == 204)
      #expect(Self.methods(response["allow"]) == ["GET", "HEAD", "OPTIONS"])
      #expect(response["x-request-id"]?.isEmpty == false && response.body.isEmpty)
      try expectProblem(
        try await RawClient.fetch("OPTIONS", port: stack.gateway.port, "/*"), status: 404, instance: "/*")
    }
  }

  /// Whatever the method: who looks at a path sees the same route, or none.
  @Test func aPathIsThatPathAndNoOther() async throws {
    try await withStack { stack in
      for path in ["/livez/", "//livez", "/readyz//", "//", consolidated + "/", "/api//dashboard/summary", "/live%7A"] {
        for method in ["GET", "POST", "OPTIONS"] {
          try expectProblem(
            try await RawClient.fetch(method, port: stack.gateway.port, path), status: 404, instance: path)
        }
      }
      _ = try await stack.get("/livez/?a")
      #expect(try await stack.gateway.process.stop() == .exit(0))
      let lines = stack.gateway.process.output.value.lines.filter { $0.contains("\"Request\"") }
      #expect(lines.count == 22 && lines.allSatisfy { $0.contains("\"route\":\"NotFound\"") })
    }
  }

  @Test func aPreflightIsAnswered() async throws {
    try await withStack { stack in
      for path in Self.paths {
        let response = try await RawClient.fetch(
          "OPTIONS", port: stack.gateway.port, path,
          fields: [
            ("origin", "https://page.example"), ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization, x-user-id"),
          ])
        #expect((200..<300).contains(response.status), "\(path)")
        #expect(response["access-control-allow-origin"] == "*", "\(path)")
        #expect(Self.methods(response["access-control-allow-methods"]).contains("GET"), "\(path)")
        let allowed = (response["access-control-allow-headers"] ?? "").lowercased()
        #expect(allowed.contains("authorization") && allowed.contains("x-user-id") && allowed.contains("x-user-role"), "\(path)")
        #expect(response["access-control-allow-credentials"] == nil, "\(path)")
      }
      #expect(stack.fakes.stats(of: .users).total == 0)
    }
  }

  @Test func onlyListedOriginsMayRead() async throws {
    let setup = StackSetup(environment: ["TRIBUTARY_CORS_ALLOWED_ORIGINS": "https://one.example,https://two.example"])
    try await withStack(setup) { stack in
      let listed = try await stack.get(consolidated, fields: [("origin", "https://two.example")])
      #expect(listed["access-control-allow-origin"] == "https://two.example")
      #expect(listed["vary"]?.lowercased().contains("origin") == true)
      let stranger = try await stack.get(consolidated, fields: [("origin", "https://three.example")])
      #expect(stranger["access-control-allow-origin"] == nil)
      let preflight = try await RawClient.fetch(
        "OPTIONS", port: stack.gateway.port, consolidated,
        fields: [("origin", "https://three.example"), ("access-control-request-method", "GET")])
      #expect(preflight.status == 204 && preflight["vary"] == "Origin")
      #expect(!preflight.fields.contains { $0.name.hasPrefix("access-control-") })
      #expect(stranger["vary"]?.lowercased().contains("origin") == true)
    }
  }

  @Test func aPageMayReadAProblemToo() async throws {
    try await withStack { stack in
      let response = try await stack.get(consolidated + "?user_id=0", fields: [("origin", "https://page.example")])
      #expect(response.status == 400)
      #expect(response["access-control-allow-origin"] == "*")
    }
  }

  @Test(arguments: ["/nothing", "/api", "/api/dashboard", "/api/dashboard/consolidated/more", "/API/DASHBOARD/SUMMARY"])
  func anUnknownPathIsNotFound(path: String) async throws {
    try await withStack { stack in
      let response = try await stack.get(path)
      try expectProblem(response, status: 404, instance: path)
    }
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "PATCH"])
  func anotherMethodIsNotAllowed(method: String) async throws {
    try await withStack { stack in
      for path in Self.paths {
        let response = try await RawClient.fetch(method, port: stack.gateway.port, path)
        try expectProblem(response, status: 405, instance: path)
        #expect(Self.methods(response["allow"]) == ["GET", "HEAD", "OPTIONS"], "\(method) \(path)")
      }
    }
  }

  @Test func aBodyOver64KBIsTooLarge() async throws {
    try await withStack { stack in
      let body = [UInt8](repeating: 0x20, count: 64 * 1024 + 1)
      try expectProblem(
        try await RawClient.fetch("GET", port: stack.gateway.port, consolidated, body: body), status: 413, instance: consolidated)
      let fitting = [UInt8](repeating: 0x20, count: 64 * 1024)
      let response = try await RawClient.fetch("GET", port: stack.gateway.port, consolidated, body: fitting)
      #expect(response.status == 200)
    }
  }

  @Test func anEndlessChunkedBodyIsTooLarge() async throws {
    try await withStack { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      let chunk = "4000\r\n" + String(repeating: " ", count: 0x4000) + "\r\n"
      let head = "GET \(consolidated) HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
      let response = try await client.send(Array((head + String(repeating: chunk, count: 8) + "0\r\n\r\n").utf8))
      try await client.close()
      try expectProblem(response, status: 413, instance: consolidated)
    }
  }

  static func methods(_ list: String?) -> Set<String> {
    Set((list ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
  }
}
