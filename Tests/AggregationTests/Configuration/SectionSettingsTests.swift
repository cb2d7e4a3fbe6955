import Clients
import Settings
import Testing

@testable import Aggregation

/// A reader over a YAML text named `x.yaml`.
private func settings(_ yaml: String) -> SettingsReader {
  SettingsReader(SettingsSources(file: "x.yaml"), yaml: Array(yaml.utf8))
}

/// Sections as the gateway reads them, and the problems as lines.
private func sections(_ yaml: String) -> (sections: [SectionDefinition], problems: [String]) {
  let settings = settings(yaml)
  let upstreams = UpstreamDefinition.all(reading: settings)
  let sections = SectionDefinition.all(reading: settings, upstreams: upstreams)
  return (sections, settings.problems().map(\.description))
}

@Suite struct SectionSettingsTests {
  @Test func withoutAFileTheyAreTheDefaults() {
    let (read, problems) = sections("")
    #expect(problems.isEmpty && "\(read)" == "\(SectionDefinition.defaults)")
    #expect(read.map(\.name) == sectionNames && read.map(\.upstream) == ["users", "accounts", "metrics", "dashboard"])
  }

  @Test func aFifthComesFromTheFile() {
    let (read, problems) = sections(
      """
      upstreams:
        forms:
          url: http://forms:9000
      sections:
        questions:
          upstream: forms
          path: /questions?all=1
      """)
    #expect(problems.isEmpty && read.map(\.name) == sectionNames + ["questions"])
    let request = SectionRequest(RequestTemplate(.get, "/questions?all=1"), shape: .list)
    #expect(read.last?.upstream == "forms" && read.last?.everything == request && read.last?.oneUser == request)
  }

  @Test func aFifthMayDependOnTheUserAndHaveAShapeOfItsOwn() {
    let (read, problems) = sections(
      """
      sections:
        notes:
          upstream: metrics
          method: post
          path: /notes
          body: '{}'
          user_path: /notes/of
          user_body: '{"user": {user_id}}'
          user_not_found_is_empty: true
          shape: object
          user_shape: object
          members: [notes list, size integer]
      """)
    let shape = SectionShape.object([.init("notes", .list), .init("size", .integer)])
    #expect(problems.isEmpty)
    #expect(read.last?.everything == SectionRequest(RequestTemplate(.post, "/notes", body: "{}"), shape: shape))
    #expect(
      read.last?.oneUser
        == SectionRequest(RequestTemplate(.post, "/notes/of", body: #"{"user": {user_id}}"#), shape: shape, notFoundIsEmpty: true)
    )
  }

  @Test func oneKeyOfADefaultMayChange() {
    let (read, problems) = sections("sections:\n  scraped_accounts:\n    path: /v2/accounts\n")
    var expected = SectionDefinition.defaults
    expected[1].everything.template.path = "/v2/accounts"
    #expect(problems.isEmpty && "\(read)" == "\(expected)")
  }

  @Test func anUnknownUpstreamIsAProblem() {
    #expect(
      sections("\nsections:\n  users:\n    upstream: userz\n").problems == [
        "x.yaml:4: sections.users.upstream: found the unknown upstream userz, allowed: one of users, accounts, metrics, dashboard"
      ])
    #expect(
      sections("sections:\n  questions:\n    path: /q\n").problems.map { $0.prefix(28) } == ["x.yaml:2: sections.questions"])
  }

  @Test func theIDHasNoPlaceInARequestForAll() {
    let path = sections("sections:\n  users:\n    method: get\n    path: /u/{user_id}\n").problems
    #expect(path.count == 1 && path.first?.hasPrefix("x.yaml:4: sections.users.path: found {user_id}, allowed: ") == true)
    let body = sections("sections:\n  metrics:\n    method: post\n    body: '{\"userId\":{user_id}}'\n").problems
    #expect(body.count == 1 && body.first?.hasPrefix("x.yaml:4: sections.metrics.body: found {user_id}, allowed: ") == true)
  }

  @Test func metadataIsNoName() {
    let problems = sections("sections:\n  metadata:\n    upstream: users\n").problems
    #expect(problems.count == 1 && problems.first?.hasPrefix("x.yaml:2: sections.metadata: found the name metadata, ") == true)
  }

  @Test(arguments: ["items", "items set", "list items", "a b list", "", "\"it\\\"ems list\"", "ítems list"])
  func aBadMemberIsAProblemAtItsLine(_ member: String) {
    let problems = sections(
      "sections:\n  metrics:\n    members:\n      - items list\n      - \(member.isEmpty ? "''" : member)\n"
    ).problems
    #expect(problems.count == 1 && problems.first?.hasPrefix("x.yaml:5: sections.metrics.members: found ") == true, "\(problems)")
  }

  @Test func moreMembersThanAPlanHoldsAreAProblemAndNoTrap() {
    let members = (0..<33).map { "m\($0) integer" }.joined(separator: ", ")
    let (read, problems) = sections("sections:\n  metrics:\n    members: [\(members)]\n")
    #expect(
      problems.count == 1 && problems.first?.hasPrefix("x.yaml:3: sections.metrics.members: found 33 ") == true, "\(problems)")
    for section in read { _ = SectionReading(section: section.name, shape: section.everything.shape) }
  }

  @Test(arguments: [
    ("path: users", "path"), ("path: '/a b'", "path"), ("method: put", "method"), ("shape: tree", "shape"), ("body: '{'", "body"),
    ("user_body: '{user_id'", "user_body"), ("user_not_found_is_empty: perhaps", "user_not_found_is_empty"),
    ("user_path: //é", "user_path"),
    ("color: red", "color"),
  ])
  func whatIsNotAllowedIsAProblemAtItsLine(_ line: String, _ key: String) {
    let problems = sections("sections:\n  users:\n    \(line)\n").problems
    #expect(problems.count == 1 && problems.first?.hasPrefix("x.yaml:3: sections.users.\(key): found ") == true, "\(problems)")
  }
}

@Suite struct UpstreamSettingsTests {
  @Test func withoutAFileTheyAreTheDefaults() {
    let settings = settings("")
    let read = UpstreamDefinition.all(reading: settings)
    #expect(settings.problems().isEmpty && "\(read)" == "\(UpstreamDefinition.defaults)")
  }

  /// Contract §5.
  @Test func theDefaultsAreTheFourServices() {
    let defaults = UpstreamDefinition.defaults
    #expect(defaults.map(\.label) == ["microservice1", "microservice2", "microservice3", "microservice4"])
    #expect(defaults.map { $0.endpoint.authority } == ["localhost:8081", "localhost:3000", "localhost:8000", "localhost:8080"])
    #expect(defaults.map(\.healthPath) == ["/api/v1/actuator/health", "/", "/", "/health"])
    #expect(defaults.map(\.identity) == [.forward(["authorization"]), .forward(["x-user-id", "x-user-role"]), .none, .none])
  }

  @Test func aFifthMustSayWhereItIs() {
    let settings = settings("upstreams:\n  forms:\n    label: microservice5\n")
    let read = UpstreamDefinition.all(reading: settings)
    #expect(read.map(\.name) == ["users", "accounts", "metrics", "dashboard", "forms"] && read.last?.label == "microservice5")
    #expect(settings.problems().map { $0.description.prefix(29) } == ["x.yaml:2: upstreams.forms.url"])
  }

  @Test func aFifthComesFromTheFile() {
    let settings = settings(
      "upstreams:\n  forms:\n    url: https://forms.internal/api/\n    health_path: /up\n    forward_headers: [X-Tenant]\n")
    let read = UpstreamDefinition.all(reading: settings)
    #expect(settings.problems().isEmpty && read.count == 5)
    #expect(read.last?.endpoint == Endpoint(scheme: .https, host: "forms.internal", port: 443) && read.last?.pathPrefix == "/api")
    #expect(read.last?.label == "forms" && read.last?.healthPath == "/up" && read.last?.identity == .forward(["x-tenant"]))
  }

  @Test(arguments: [
    ("url: ftp://a", "url"), ("health_path: up", "health_path"), ("attempt_timeout: 0s", "attempt_timeout"),
    ("gzip: maybe", "gzip"),
    ("max_body: 1", "max_body"), ("max_connections: 0", "max_connections"), ("forward_headers: ['a b']", "forward_headers"),
  ])
  func whatIsNotAllowedIsAProblemAtItsLine(_ line: String, _ key: String) {
    let settings = settings("upstreams:\n  users:\n    \(line)\n")
    _ = UpstreamDefinition.all(reading: settings)
    let problems = settings.problems().map(\.description)
    #expect(problems.count == 1 && problems.first?.hasPrefix("x.yaml:3: upstreams.users.\(key): found ") == true, "\(problems)")
  }
}
