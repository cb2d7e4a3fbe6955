import Settings
import Testing

@Suite struct UnknownKeyTests {
  private func lines(_ yaml: String = "", environment: [String: String] = [:], other: Set<String> = []) -> [String] {
    let settings = settings(yaml, environment: environment, other: other)
    _ = Sample(reading: settings)
    return settings.lines
  }

  @Test func aMistypedKeyIsToldFromItsNeighbours() {
    #expect(
      lines("server:\n  prot: 80\n") == [
        "x.yaml:2: server.prot: found an unknown key, allowed: host, port; did you mean \"server.port\"?"
      ])
    #expect(
      lines("upstream:\n  users: {url: a}\n") == [
        "x.yaml:1: upstream: found an unknown key, allowed: server, request, log, upstreams; did you mean \"upstreams\"?"
      ])
    #expect(
      lines("upstreams:\n  users:\n    uri: http://a\n") == [
        "x.yaml:3: upstreams.users.uri: found an unknown key, allowed: url; did you mean \"upstreams.users.url\"?"
      ])
  }

  @Test func aKeyOnTheWrongLevelIsToldFromItsLastWord() {
    #expect(
      lines("deadline: 10s\n") == [
        "x.yaml:1: deadline: found an unknown key, allowed: server, request, log, upstreams; did you mean \"request.deadline\"?"
      ])
    #expect(lines("zzz: 1\n") == ["x.yaml:1: zzz: found an unknown key, allowed: server, request, log, upstreams"])
  }

  @Test func theValueOfAnUnknownKeyIsNotPrinted() {
    #expect(!lines("credentail: hunter2\n", environment: ["TRIBUTARY_PASWORD": "hunter2"]).joined().contains("hunter2"))
  }

  @Test func allProblemsComeInOnePassInOrder() {
    let yaml = "log:\n  level: loud\nserver:\n  port: 70000\n  hots: a\nrequest:\n  deadline: 10\n"
    #expect(
      lines(yaml, environment: ["TRIBUTARY_SERVER_HOSTS": "b"]) == [
        "x.yaml:2: log.level: found \"loud\", allowed: one of debug, info, warning",
        "x.yaml:4: server.port: found \"70000\", allowed: an integer from 0 to 65535",
        "x.yaml:5: server.hots: found an unknown key, allowed: host, port; did you mean \"server.host\"?",
        "x.yaml:7: request.deadline: found \"10\", allowed: a number with its unit (us, ms, s, m, h), from 10ms to 5m",
        """
        environment: TRIBUTARY_SERVER_HOSTS: found an unknown variable, \
        allowed: TRIBUTARY_ and a known key, as in TRIBUTARY_SERVER_PORT; did you mean "TRIBUTARY_SERVER_HOST"?
        """,
      ])
  }

  @Test func onlyOurOwnVariablesAreLookedAt() {
    #expect(lines(environment: ["PATH": "/bin", "TRIBUTARYX": "1", "TRIBUTARY_CONFIG": "a"], other: ["TRIBUTARY_CONFIG"]) == [])
    #expect(lines(environment: ["TRIBUTARY_": "1"]).count == 1)
  }

  @Test func whatKubernetesAddsForAServiceOfOurNameIsNoMistake() {
    let links = [
      "TRIBUTARY_SERVICE_HOST": "10.0.0.1", "TRIBUTARY_SERVICE_PORT": "80", "TRIBUTARY_SERVICE_PORT_HTTP": "80",
      "TRIBUTARY_PORT": "tcp://10.0.0.1:80", "TRIBUTARY_PORT_80_TCP": "tcp://10.0.0.1:80",
      "TRIBUTARY_PORT_80_TCP_ADDR": "10.0.0.1",
      "TRIBUTARY_PORT_80_TCP_PORT": "80", "TRIBUTARY_PORT_80_TCP_PROTO": "tcp",
    ]
    #expect(lines(environment: links) == [])
    #expect(lines(environment: ["TRIBUTARY_PORT": "80"]).count == 1)
  }

  @Test func aBadNameIsOneProblem() {
    #expect(
      lines("upstreams:\n  Reviews: {url: http://a}\n") == [
        """
        x.yaml:2: upstreams.Reviews: found the name "Reviews", \
        allowed: a lower-case letter, then at most 62 lower-case letters, digits and underscores
        """
      ])
    for name in ["\"9a\"", "_a", "a-b", "é", "\"a b\""] { #expect(lines("upstreams:\n  \(name): {url: http://a}\n").count == 1) }
  }

  @Test func oneVariableForTwoKeysIsAProblem() {
    let settings = settings(environment: ["TRIBUTARY_A_B_C": "x"])
    _ = settings.scope("a").string("b_c", default: "")
    _ = settings.scope("a_b").string("c", default: "")
    #expect(settings.lines == ["environment: TRIBUTARY_A_B_C: found one variable for a.b_c and a_b.c, allowed: one key"])
  }

  @Test(.timeLimit(.minutes(1))) func manyUnknownKeysAreCountedNotListed() {
    let yaml = (0..<20_000).map { "key_number_\($0): 1\n" }.joined()
    let lines = lines(yaml)
    #expect(lines.count == 101)
    #expect(lines[0] == "x.yaml: found 19900 more unknown keys, allowed: the keys that the documentation lists")
  }

  @Test func aKeyAskedForTwiceIsReportedOnce() {
    let settings = settings("a: x\n")
    _ = settings.integer("a", default: 1, in: 0...1)
    _ = settings.integer("a", default: 1, in: 0...1)
    #expect(settings.lines.count == 1 && settings.registeredKeys.count == 1)
  }

  @Test func anOptionForNoKeyIsAProblem() {
    let settings = settings(options: [OptionSetting(name: "--x", key: "no.key", value: "1")])
    #expect(settings.lines == ["option: --x: found the unknown key no.key, allowed: a known key"])
  }

  @Test func foundTextStaysOneShortPrintableLine() {
    let long = String(repeating: "x", count: 100)
    let settings = settings("a: \"1\\n2\\e[31m\\\"\\u202E\"\nb: \(long)\n")
    _ = settings.integer("a", default: 1, in: 0...1)
    _ = settings.integer("b", default: 1, in: 0...1)
    #expect(settings.lines[0] == #"x.yaml:1: a: found "1\n2\u{1B}[31m\"\u{202E}", allowed: an integer from 0 to 1"#)
    #expect(settings.lines[1] == "x.yaml:2: b: found \"\(long.prefix(60))…\", allowed: an integer from 0 to 1")
  }
}
