import Foundation
import NIOCore
import Synchronization

/// Users whose sections name them, and many answers in which nobody else may be named.
final class Canaries: Sendable {
  static let users = 200
  /// Twenty thousand, or as many as `TRIBUTARY_CANARY_ANSWERS` says.
  static let answers = ProcessInfo.processInfo.environment["TRIBUTARY_CANARY_ANSWERS"].flatMap { Int($0) } ?? 20_000

  struct Tally: Sendable {
    var answers = 0
    var aborted = 0
    var notOK = 0
    /// Answers that name somebody else, or not the one who asked.
    var foreign: [String] = []
    /// How often `Cache-Status` had that in it.
    var seen: [String: Int] = [:]
  }

  /// How a user asks.
  struct Caller: Sendable {
    /// What shows who it is.
    let fields: @Sendable (_ user: Int) -> [(String, String)]
    let targets: @Sendable (_ user: Int) -> [String]

    /// By what the services are to believe, about everybody and about somebody.
    static let named = Caller { user in
      [("authorization", "Bearer \(name(user))"), ("x-user-id", name(user)), ("x-user-role", "USER")]
    } targets: { _ in
      [consolidated, consolidated + "?user_id=7", summary]
    }
  }

  /// Sections that name whom the service took the caller for.
  static func answer(_ request: ScriptedUpstream.Request) -> ScriptedUpstream.Reply {
    let body =
      if request.target.hasPrefix("/api/v1/auth/profile") {
        #"{"id":1,"email":"\#(request["authorization"]?.dropFirst("Bearer ".count) ?? "nobody")"}"#
      } else if request.target.hasPrefix("/api") {
        #"[{"id":1,"email":"\#(request["authorization"]?.dropFirst("Bearer ".count) ?? "nobody")"}]"#
      } else if request.target.hasPrefix("/scraped") {
        #"[{"id":1,"userId":1,"accountName":"\#(request["x-user-id"] ?? "nobody")"}]"#
      } else if request.target.hasPrefix("/dbquery") {
        #"{"items":[],"count":0,"dashboard":[]}"#
      } else {
        #"[{"adminId":1}]"#
      }
    return ScriptedUpstream.Reply(body: Array(body.utf8))
  }

  /// Everything is cold, warm, stale and waited for within a second.
  static func environment(for service: ScriptedUpstream) -> [String: String] {
    var variables = [
      "TRIBUTARY_CACHE_TTL": "60ms", "TRIBUTARY_CACHE_STALE_WHILE_REVALIDATE": "60ms", "TRIBUTARY_CACHE_STALE_IF_ERROR": "1s",
      "TRIBUTARY_SERVER_DRAIN": "0s", "TRIBUTARY_OVERLOAD_LAG": "10s",
    ]
    for number in 1...4 { variables["MICROSERVICE\(number)_URL"] = service.url }
    for name in ["USERS", "ACCOUNTS", "METRICS", "DASHBOARD"] { variables["TRIBUTARY_UPSTREAMS_\(name)_CONNECT_TIMEOUT"] = "5s" }
    return variables
  }

  private let ports: [Int]
  private let tally = Mutex(Tally())
  private let wanted: Int
  private let caller: Caller
  /// Called now and then with how many answers there have been.
  private let progress: @Sendable (Int) async throws -> Void

  init(
    ports: [Int], answers: Int = answers, caller: Caller = .named,
    progress: @escaping @Sendable (Int) async throws -> Void = { _ in }
  ) {
    self.ports = ports
    self.caller = caller
    wanted = answers
    self.progress = progress
  }

  /// As many answers as are wanted; one request in ten is given up by its client.
  func run(clients: Int = 24) async throws -> Tally {
    _ = try await atOnce(Array(0..<clients)) { [self] number in
      var random = SystemRandomNumberGenerator()
      var client = try await RawClient.connect(port: ports[number % ports.count])
      while tally.withLock({ $0.answers }) < wanted {
        // Half of them from a few, so that callers meet.
        let user =
          Bool.random(using: &random) ? Int.random(in: 0..<5, using: &random) : Int.random(in: 0..<Self.users, using: &random)
        let targets = caller.targets(user)
        let target = targets[Int.random(in: targets.indices, using: &random)]
        if Int.random(in: 0..<10, using: &random) == 0 {
          try await client.abandon(
            target, fields: caller.fields(user), after: .microseconds(.random(in: 0...3000, using: &random)))
          client = try await RawClient.connect(port: ports[Int.random(in: 0..<ports.count, using: &random)])
          tally.withLock { $0.aborted += 1 }
        } else {
          let count = note(try await client.get(target, fields: caller.fields(user)), to: user, target)
          if count % 500 == 0 { try await progress(count) }
        }
      }
      try await client.close()
    }
    return tally.withLock { $0 }
  }

  static func name(_ user: Int) -> String { "canary-\(user)." }

  private func note(_ answer: RawResponse, to user: Int, _ target: String) -> Int {
    let text = answer.text
    let named = text.components(separatedBy: "canary-").dropFirst().map { $0.prefix { $0 != "\"" } }
    // The page has both sections, the summary the user's address where it counts accounts.
    let expected = target.hasPrefix(summary) ? 1 : 2
    let isOwn = named.count == expected && named.allSatisfy { $0 == "\(user)." }
    let status = answer["cache-status"] ?? ""
    return tally.withLock { tally in
      tally.answers += 1
      if answer.status != 200 { tally.notOK += 1 }
      if answer.status == 200, !isOwn { tally.foreign.append("\(target) for \(user): \(named)") }
      for word in ["fwd=miss;stored", "collapsed", "detail=memory", "detail=redis", "ttl=-"] where status.contains(word) {
        tally.seen[word, default: 0] += 1
      }
      return tally.answers
    }
  }
}
