import Settings
import Testing

/// Seeded, so that a failure can be had again (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct GarbageTests {
  private static let pieces = [
    "server", "port", "host", "upstreams", "users", "url", "request", "deadline", "log", "level", "k", ":", ": ",
    "- ", "? ", "\n",
    "\n  ", "\n    ", "[", "]", "{", "}", ", ", "\"", "'", "&x ", "*x", "!!str ", "!t ", "|\n", ">-\n", "#", " # ",
    "---\n", "...\n", "%YAML 1.1\n",
    "<<: ", "~", "\t", "10s", "99999999999999999999h", "1e999", "http://u:p@h", "-9223372036854775809", "\\u0000",
    "\\ud800", "\u{E9}",
    "\u{1F600}", "\u{FEFF}", "\u{85}", "\r\n", "@", "`", "=", "\u{0}",
  ]

  private func readEverything(_ settings: SettingsReader) {
    _ = Sample(reading: settings)
    _ = settings.strings("k", default: [])
    _ = settings.scope("k").secret("level")
    _ = settings.scope("server").bytes("level", default: 1, in: 0...Int.max)
    _ = settings.scope("server").number("deadline", default: 1, in: 0...1)
    #expect(settings.lines.allSatisfy { !$0.contains("\n") && $0.contains(", allowed: ") })
  }

  @Test(.timeLimit(.minutes(2)), arguments: 0..<4) func randomYAMLNeverTraps(_ seed: UInt64) {
    var random = Seeded(state: seed)
    for _ in 0..<1_500 {
      var yaml = ""
      for _ in 0..<Int.random(in: 1...60, using: &random) { yaml += Self.pieces.randomElement(using: &random) ?? "" }
      readEverything(settings(yaml))
      if !yaml.contains("*") { #expect(!settings(yaml).lines.contains { $0.contains("YAML alias") }, "\(yaml)") }
    }
  }

  @Test(.timeLimit(.minutes(2)), arguments: 0..<4) func mutatedFilesNeverTrap(_ seed: UInt64) {
    let base = Array(
      """
      # A file that is right
      server:
        host: "0.0.0.0"
        port: 8005   # a comment
      request: {deadline: 10s}
      upstreams:
        users:
          url: http://localhost:8081
        reviews:
          url: 'https://reviews/v1'
      k:
        - a
        - b

      """.utf8)
    var random = Seeded(state: seed &+ 100)
    for _ in 0..<1_500 {
      var bytes = base
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").utf8), at: index)
        default:
          let copy = bytes[index..<min(index + 20, bytes.count)]
          bytes.insert(contentsOf: copy, at: Int.random(in: 0..<bytes.count, using: &random))
        }
      }
      readEverything(settings(bytes: bytes))
    }
  }

  @Test(.timeLimit(.minutes(1))) func randomVariablesNeverTrap() {
    var random = Seeded(state: 7)
    let names = [
      "TRIBUTARY_SERVER_PORT", "TRIBUTARY_REQUEST_DEADLINE", "TRIBUTARY_UPSTREAMS_USERS_URL", "TRIBUTARY_K", "REQUEST_TIMEOUT",
      "TRIBUTARY_SERVER_DEADLINE", "TRIBUTARY_SERVER_LEVEL", "TRIBUTARY_é_PORT", "TRIBUTARY_PORT_TCP",
    ]
    let texts = Self.pieces + ["9", "1.", ".5", "ms", "h", "KB", "GB", "://", "[", "::1", "%", "-", "9223372036854775807"]
    for _ in 0..<3_000 {
      var environment: [String: String] = [:]
      for name in names {
        let count = Int.random(in: 0...5, using: &random)
        environment[name] = (0..<count).map { _ in texts.randomElement(using: &random) ?? "" }.joined()
      }
      readEverything(settings(environment: environment))
    }
  }
}
