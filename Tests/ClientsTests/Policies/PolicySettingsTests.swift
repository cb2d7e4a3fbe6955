import Resilience
import Settings
import Testing

@testable import Clients

/// Each key of `retry`, `circuit_breaker`, `concurrency` and `hedge`: at the top for all, under an upstream for one.
@Suite struct PolicySettingsTests {
  @Test func withoutSettingsEachHasTheDefaults() throws {
    for upstream in try upstreams("") { #expect(upstream.policies == UpstreamPolicies()) }
  }

  @Test(arguments: Key.all)
  func aKeyAtTheTopIsForAll(key: Key) throws {
    let found = try upstreams("\(key.group):\n  \(key.setting(key.first))")
    #expect(found.count == 4)
    for upstream in found { #expect(upstream.policies == key.policies(key.first)) }
  }

  @Test(arguments: Key.all)
  func aKeyOfAnUpstreamIsForItAlone(key: Key) throws {
    let found = try upstreams(
      """
      \(key.group):
        \(key.setting(key.first))
      upstreams:
        users:
          \(key.group):
            \(key.setting(key.second))
      """)
    for upstream in found {
      #expect(upstream.policies == key.policies(upstream.name == "users" ? key.second : key.first), "\(upstream.name)")
    }
  }

  /// What hedging is like is said at the top, where it is off; one upstream has it.
  @Test func onePolicyIsSwitchedOnForOneWithTheFiguresOfAll() throws {
    let found = try upstreams(
      """
      hedge: {quantile: 0.8, ratio: 0.2}
      concurrency: {initial: 33, minimum: 7}
      upstreams:
        users: {hedge: {enabled: true}, concurrency: {adaptive: true}}
      """)
    for upstream in found {
      var policies = UpstreamPolicies()
      policies.hedge.quantile = 0.8
      policies.hedge.ratio = 0.2
      policies.isHedged = upstream.name == "users"
      policies.concurrency.gradient.initial = 33
      policies.concurrency.gradient.minimum = 7
      policies.concurrency.isAdaptive = upstream.name == "users"
      #expect(upstream.policies == policies)
    }
  }

  @Test(arguments: Key.all)
  func aWrongValueIsSaid(key: Key) {
    let reader = reader("\(key.group): {\(key.name): [\(key.first)]}")
    _ = UpstreamDefinition.all(reading: reader)
    #expect(reader.problems().map(\.description).contains { $0.contains("\(key.group).\(key.name)") })
  }

  private func upstreams(_ yaml: String) throws -> [UpstreamDefinition] {
    let reader = reader(yaml)
    let found = UpstreamDefinition.all(reading: reader)
    #expect(reader.problems().map(\.description) == [])
    return found
  }

  private func reader(_ yaml: String) -> SettingsReader {
    SettingsReader(
      SettingsSources(file: "x.yaml", environment: [:], options: [], legacy: [], otherVariables: []), yaml: Array(yaml.utf8))
  }
}

/// A key, two values for it, and what each changes.
struct Key: Sendable, CustomTestStringConvertible {
  let group: String
  let name: String
  let first: String
  let second: String
  private let change: @Sendable (inout UpstreamPolicies, String) -> Void

  init(
    _ key: String, _ first: String, _ second: String, _ change: @escaping @Sendable (inout UpstreamPolicies, String) -> Void
  ) {
    let words = key.split(separator: ".").map(String.init)
    (group, name, self.first, self.second, self.change) = (words[0], words[1], first, second, change)
  }

  var testDescription: String { "\(group).\(name)" }

  func setting(_ value: String) -> String { "\(name): \(value)" }

  func policies(_ value: String) -> UpstreamPolicies {
    var policies = UpstreamPolicies()
    change(&policies, value)
    return policies
  }

  static let all: [Key] = [
    Key("retry.attempts", "1", "7") { $0.retry.attempts = Int($1) ?? -1 },
    Key("retry.backoff", "5ms", "7ms") { $0.retry.backoff.base = milliseconds($1) },
    Key("retry.max_backoff", "5ms", "7ms") { $0.retry.backoff.maximum = milliseconds($1) },
    Key("retry.budget", "0.5", "0") { $0.retryBudget.ratio = Double($1) ?? -1 },
    Key("retry.budget_floor", "0", "3.5") { $0.retryBudget.floorPerSecond = Double($1) ?? -1 },
    Key("retry.budget_window", "5000ms", "7000ms") { $0.retryBudget.window = milliseconds($1) },
    Key("circuit_breaker.window", "5000ms", "7000ms") { $0.breaker.window = milliseconds($1) },
    Key("circuit_breaker.failure_ratio", "0.3", "0.7") { $0.breaker.failureRatio = Double($1) ?? -1 },
    Key("circuit_breaker.minimum_calls", "3", "50") { $0.breaker.minimumCalls = Int($1) ?? -1 },
    Key("circuit_breaker.consecutive_failures", "3", "50") { $0.breaker.consecutiveFailures = Int($1) ?? -1 },
    Key("circuit_breaker.open", "500ms", "700ms") { $0.breaker.openFor = milliseconds($1) },
    Key("circuit_breaker.jitter", "0", "1") { $0.breaker.jitter = Double($1) ?? -1 },
    Key("circuit_breaker.probes", "1", "9") { $0.breaker.probes = Int($1) ?? -1 },
    Key("concurrency.maximum", "3", "9") { $0.concurrency.maximum = Int($1) ?? -1 },
    Key("concurrency.queue", "0", "9") { $0.concurrency.queue = Int($1) ?? -1 },
    Key("concurrency.adaptive", "true", "false") { $0.concurrency.isAdaptive = $1 == "true" },
    Key("concurrency.initial", "3", "9") { $0.concurrency.gradient.initial = Int($1) ?? -1 },
    Key("concurrency.minimum", "3", "9") { $0.concurrency.gradient.minimum = Int($1) ?? -1 },
    Key("hedge.enabled", "true", "false") { $0.isHedged = $1 == "true" },
    Key("hedge.quantile", "0.5", "0.9") { $0.hedge.quantile = Double($1) ?? -1 },
    Key("hedge.ratio", "0", "0.1") { $0.hedge.ratio = Double($1) ?? -1 },
  ]

  private static func milliseconds(_ text: String) -> Duration { .milliseconds(Int(text.dropLast(2)) ?? -1) }
}
