import Testing
import Upstreams

/// What a client sees of an answer without opening it: the status, and of each upstream the word and the time in `Server-Timing`.
struct Glimpse: Sendable {
  let status: Int
  private(set) var words: [ServiceName: String] = [:]
  private(set) var milliseconds: [ServiceName: Double] = [:]

  init(_ response: RawResponse) {
    status = response.status
    for entry in (response["server-timing"] ?? "").split(separator: ",") {
      let parts = entry.drop { $0 == " " }.split(separator: ";")
      guard parts.count == 3, let name = ServiceName(rawValue: String(parts[0])) else { continue }
      milliseconds[name] = Double(parts[1].dropFirst("dur=".count))
      words[name] = String(parts[2].dropFirst("desc=\"".count).dropLast())
    }
  }

  /// A 200 in which all services are `ok`, but for those.
  func isWhole(but broken: Set<ServiceName> = []) -> Bool {
    status == 200 && ServiceName.allCases.allSatisfy { broken.contains($0) || words[$0] == "ok" }
  }
}

extension [Glimpse] {
  /// The median of a service's times, in milliseconds.
  func median(of name: ServiceName) -> Double {
    let times = compactMap { $0.milliseconds[name] }.sorted()
    return times.isEmpty ? .infinity : times[times.count / 2]
  }
}

extension Stack {
  /// So many requests in all by so many clients, each on a connection of its own, each asking again as soon as it is answered.
  func crowd(of clients: Int, asking requests: Int, _ target: String = consolidated) async throws -> [Glimpse] {
    let port = gateway.port
    let seen = try await atOnce(Array(0..<clients)) { number in
      let client = try await RawClient.connect(port: port)
      var seen: [Glimpse] = []
      for _ in stride(from: number, to: requests, by: clients) { seen.append(Glimpse(try await client.get(target))) }
      try await client.close()
      return seen
    }
    return seen.flatMap { $0 }
  }

  /// What the health report says of the breaker of a service.
  func circuit(of name: ServiceName) async throws -> String? {
    try await get(health).json["services"]?[name.rawValue]?["circuit"]?.text
  }

  /// Data calls that a service has had.
  func calls(of name: ServiceName) -> Int {
    let stats = fakes.stats(of: name)
    return stats.total - stats.health
  }

  /// Asks until the document is whole.
  func whole(within limit: Duration) async throws {
    try await within(limit, "a whole document") { [self] in
      while !Glimpse(try await get(consolidated)).isWhole() { try Task.checkCancellation() }
    }
  }
}

/// Settings with which a breaker never opens, for what it would hide.
let neverOpen = ["TRIBUTARY_CIRCUIT_BREAKER_CONSECUTIVE_FAILURES": "100000", "TRIBUTARY_CIRCUIT_BREAKER_MINIMUM_CALLS": "100000"]
