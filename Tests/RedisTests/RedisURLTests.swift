import RedisTestSupport
import Settings
import Testing

@testable import Redis

@Suite struct RedisURLTests {
  @Test(arguments: [
    ("redis://localhost", "redis://localhost:6379/0"), ("redis://Example.org:7000/3", "redis://example.org:7000/3"),
    ("rediss://h/", "rediss://h:6379/0"), ("redis://[::1]:7000/1", "redis://[::1]:7000/1"),
    ("redis://:hunter2@h", "redis://:***@h:6379/0"), ("redis://hunter2@h", "redis://:***@h:6379/0"),
    ("redis://u:hunter2@h:1/65535", "redis://u:***@h:1/65535"), ("unix:///run/redis.sock", "unix:///run/redis.sock?db=0"),
    ("unix://u:hunter2@/run/redis.sock?db=2", "unix://u:***@/run/redis.sock?db=2"),
  ]) func aURLIsShownWithoutItsPassword(text: String, shown: String) throws {
    let url = try #require(RedisURL(text))
    #expect(url.description == shown)
    var dumped = ""
    dump(url, to: &dumped)
    #expect(!dumped.contains("hunter2") && !String(reflecting: url).contains("hunter2"))
  }

  @Test func theLoginMayHaveEscapes() throws {
    let url = try #require(RedisURL("redis://a%3Ab:p%40%2F%25%C3%A9:x@h"))
    #expect(url.user == "a:b" && url.password?.reveal() == "p@/%é:x")
    #expect(RedisURL("redis://:p@q@h")?.password?.reveal() == "p@q")
    #expect(RedisURL("redis://:p@h")?.password?.reveal() == "p" && RedisURL("redis://:p@h")?.user == nil)
  }

  @Test(arguments: [
    "", "localhost", "http://h", "redis://", "redis://h:0", "redis://h:65536", "redis://h/x", "redis://h/1/2", "redis://h/65536",
    "redis://h/-1", "redis://h?db=1", "redis://u:@h", "redis://@h", "redis://:%zz@h", "redis://:%ff@h", "redis://:%4@h",
    "unix://run",
    "unix:///x?db=y", "unix:///x?other=1", "unix:///" + String(repeating: "x", count: 120), "redis://h/999999",
  ]) func whatIsNoSuchURLIsNone(text: String) {
    #expect(RedisURL(text) == nil)
  }

  private func read(_ yaml: String = "", _ environment: [String: String] = [:]) -> (RedisConfiguration?, [String]) {
    let legacy = [LegacyVariable(name: "REDIS_URL", key: "cache.redis.url")]
    let sources = SettingsSources(file: "x.yaml", environment: environment, options: [], legacy: legacy, otherVariables: [])
    let settings = SettingsReader(sources, yaml: Array(yaml.utf8))
    let configuration = RedisConfiguration(reading: settings)
    return (configuration, settings.problems().map(\.description))
  }

  @Test func withoutAURLThereIsNoRedis() {
    #expect(read() == (nil, []))
  }

  @Test func theOriginalsVariableIsUnderstood() throws {
    let (configuration, problems) = read("", ["REDIS_URL": "redis://:hunter2@h:7000/2"])
    var expected = RedisConfiguration(url: try #require(RedisURL("redis://:hunter2@h:7000/2")))
    #expect(configuration == expected && problems == [])
    expected.mode = .sentinel
    expected.nodes = [.tcp(host: "a", port: 26379), .tcp(host: "b", port: 6379)]
    expected.master = "main"
    expected.commandTimeout = .milliseconds(10)
    expected.caFile = "ca.pem"
    let yaml = """
      cache:
        redis:
          mode: sentinel
          nodes: ["a:26379", b]
          master: main
          command_timeout: 10ms
          ca_file: ca.pem

      """
    #expect(read(yaml, ["TRIBUTARY_CACHE_REDIS_URL": "redis://:hunter2@h:7000/2"]) == (expected, []))
  }

  @Test(
    arguments: [
      ("cache:\n  redis:\n    url: redis://:hunter2@h\n", [:]), ("", ["REDIS_URL": "http://hunter2@h"]),
      ("cache:\n  redis:\n    mode: sentinel\n", ["REDIS_URL": "redis://:hunter2@h"]),
      ("cache:\n  redis:\n    mode: cluster\n", ["REDIS_URL": "redis://:hunter2@h/1"]),
      ("cache:\n  redis:\n    nodes: [\"a:b\"]\n", ["REDIS_URL": "redis://:hunter2@h"]),
      ("cache:\n  redis:\n    command_timeout: 10s\n", ["REDIS_URL": "redis://:hunter2@h"]),
    ] as [(String, [String: String])]) func aBadSettingIsOneProblemWithoutThePassword(yaml: String, environment: [String: String])
  {
    let (_, problems) = read(yaml, environment)
    #expect(problems.count == 1 && !problems.joined().contains("hunter2"))
  }
}

private func == (left: (RedisConfiguration?, [String]), right: (RedisConfiguration?, [String])) -> Bool {
  left.0 == right.0 && left.1 == right.1
}
