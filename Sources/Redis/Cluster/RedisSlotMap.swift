import NIOCore

/// Which master of a cluster has which slots.
struct RedisSlotMap: Equatable {
  /// The masters, each once.
  private(set) var endpoints: [RedisEndpoint] = []
  /// For each slot the index of its master; -1 for a slot that nobody has.
  private var owners = [Int16](repeating: -1, count: RedisHashSlot.count)

  /// More masters than this are no cluster (the specification says 1,000).
  static let maxEndpoints = 1024
  /// Ranges that overlap more than this are no map: 4,096 of them over all slots would keep the loop for minutes.
  private static let maxAssignments = 2 * RedisHashSlot.count

  init() {}

  /// From the reply to `CLUSTER SLOTS`: ranges, each with its first slot, its last, its master (host, port, …) and its replicas.
  ///
  /// - Parameter origin: who answered; a node that does not know its own host leaves it out.
  /// - Returns: nil for a reply that is not such a list, or an empty one.
  init?(_ reply: RedisReply, from origin: RedisEndpoint) {
    guard case .array(let ranges) = reply, !ranges.isEmpty else { return nil }
    var indices: [RedisEndpoint: Int] = [:]
    var assignments = 0
    for range in ranges {
      guard case .array(let range) = range, range.count >= 3 else { return nil }
      guard case .integer(let first) = range[0], case .integer(let last) = range[1] else { return nil }
      guard let endpoint = Self.endpoint(range[2], origin), first >= 0, first <= last, last < RedisHashSlot.count else {
        return nil
      }
      assignments += Int(last - first) + 1
      guard assignments <= Self.maxAssignments else { return nil }
      guard let index = indices[endpoint] ?? add(endpoint) else { continue }
      indices[endpoint] = index
      for slot in Int(first)...Int(last) { owners[slot] = Int16(index) }
    }
  }

  subscript(slot: UInt16) -> RedisEndpoint? {
    let owner = owners[Int(slot) % RedisHashSlot.count]
    return owner >= 0 ? endpoints[Int(owner)] : nil
  }

  /// A node has said that the slot lives there.
  mutating func assign(_ slot: UInt16, to endpoint: RedisEndpoint) {
    guard let index = endpoints.firstIndex(of: endpoint) ?? add(endpoint) else { return }
    owners[Int(slot) % RedisHashSlot.count] = Int16(index)
  }

  private mutating func add(_ endpoint: RedisEndpoint) -> Int? {
    guard endpoints.count < Self.maxEndpoints else { return nil }
    endpoints.append(endpoint)
    return endpoints.count - 1
  }

  private static func endpoint(_ node: RedisReply, _ origin: RedisEndpoint) -> RedisEndpoint? {
    guard case .array(let node) = node, node.count >= 2, case .integer(let port) = node[1], 1...65_535 ~= port else { return nil }
    switch node[0] {
    case .string(let bytes) where bytes.readableBytes <= 253:
      let host = String(buffer: bytes)
      let isKnown = !host.isEmpty && host != "?"
      return .tcp(host: isKnown ? host : origin.host ?? "127.0.0.1", port: Int(port))
    case .null:
      return .tcp(host: origin.host ?? "127.0.0.1", port: Int(port))
    default:
      return nil
    }
  }
}
