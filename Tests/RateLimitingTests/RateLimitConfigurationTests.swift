import Resilience
import Settings
import Testing

@testable import RateLimiting

@Suite struct RateLimitConfigurationTests {
  private func read(_ yaml: String = "", environment: [String: String] = [:]) -> (RateLimitConfiguration, [String]) {
    let settings = SettingsReader(SettingsSources(file: "x.yaml", environment: environment), yaml: Array(yaml.utf8))
    let configuration = RateLimitConfiguration(reading: settings, routes: ["/a", "/b"])
    return (configuration, settings.problems().map(\.description))
  }

  @Test func nothingIsLimitedUnlessSomebodySaysSo() {
    let (configuration, problems) = read()
    #expect(configuration.policies.isEmpty && problems == [])
  }

  @Test func aPolicyIsReadWhole() throws {
    let (configuration, problems) = read(
      "rate_limits:\n  keys:\n    by: api_key\n    routes: [/a]\n    limit: 7\n    per: 10s\n    burst: 3\n  rest: {by: principal}\n"
    )
    #expect(problems == [] && configuration.policies.count == 2)
    let (keys, rest) = (configuration.policies[0], configuration.policies[1])
    #expect(keys.name == "keys" && keys.subject == .apiKey && keys.rule == GCRA(limit: 7, per: .seconds(10), burst: 3))
    #expect(keys.applies(to: "/a") && !keys.applies(to: "/b") && !keys.applies(to: "/a/"))
    #expect(keys.member == #""keys";q=10;w=15"#)
    #expect(rest.subject == .principal && rest.routes == nil && rest.applies(to: "/anything"))
    #expect(rest.rule == GCRA(limit: 100, per: .seconds(60)))
  }

  @Test func theEnvironmentChangesAPolicy() {
    let (configuration, problems) = read(
      "rate_limits:\n  all: {limit: 5}\n", environment: ["TRIBUTARY_RATE_LIMITS_ALL_LIMIT": "6"])
    #expect(problems == [] && configuration.policies.map(\.rule.capacity) == [6])
  }

  @Test(arguments: [
    "limit: 0", "limit: -1", "limit: 1000001", "limit: many", "per: 0s", "per: 999ms", "per: 25h", "per: 60", "burst: -1",
    "burst: 1000001", "by: ip", "by: []", "routes: [/c]", "routes: []", "routes: all", "limits: 5",
    "{limit: 1, per: 24h, burst: 30}",
  ]) func aBadPolicyIsAProblem(line: String) {
    let body = line.hasPrefix("{") ? " \(line)\n" : "\n    \(line)\n"
    let problems = read("rate_limits:\n  mine:\(body)").1
    #expect(problems.count == 1, "\(problems)")
  }

  @Test func thereAreNotTooMany() {
    let names = { (count: Int) in "rate_limits:\n" + (0..<count).map { "  p\($0): {limit: 1}\n" }.joined() }
    #expect(read(names(32)).1 == [] && read(names(33)).1.count == 1)
  }

  @Test func aNameIsOneThatCanStandInAFieldAndInAKey() {
    for name in ["A", "\"a b\"", "\"a:b\"", "\"{x}\"", "\"x\\\"y\""] {
      #expect(read("rate_limits:\n  \(name): {limit: 1}\n").1.count == 1)
    }
  }
}

@Suite struct RateLimitKeyTests {
  private static let policy = RateLimitPolicy(name: "a", subject: .address, rule: GCRA(limit: 1, per: .seconds(1)))

  @Test func whateverGoesInMakesAnotherKey() {
    var keys: Set<RateLimitKey> = []
    for secret in [nil, [1], [2], [1, 2]] as [[UInt8]?] {
      for name in ["a", "ab", "b"] {
        for subject in RateLimitPolicy.Subject.allCases {
          for identity in [[], [97], [98], [97, 98]] as [[UInt8]] {
            let policy = RateLimitPolicy(name: name, subject: subject, rule: Self.policy.rule)
            keys.insert(RateLimitKeyMaker(secret: secret).key(policy, identity))
          }
        }
      }
    }
    #expect(keys.count == 4 * 3 * 3 * 4)
  }

  @Test func theSameMakesTheSameInEveryProcess() {
    let key = RateLimitKeyMaker(secret: Array("secret".utf8)).key(Self.policy, [192, 0, 2, 1])
    #expect(key == RateLimitKeyMaker(secret: Array("secret".utf8)).key(Self.policy, [192, 0, 2, 1]))
    let text = String(decoding: key.redisKey(prefix: "p:", policy: "a"), as: UTF8.self)
    #expect(text.wholeMatch(of: /p:limit:\{limits\}:a:[0-9a-f]{32}/) != nil)
  }

  @Test func anEmptySecretIsNone() {
    #expect(RateLimitKeyMaker(secret: []).key(Self.policy, [1]) == RateLimitKeyMaker().key(Self.policy, [1]))
  }
}
