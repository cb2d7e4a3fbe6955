/// Where a node is. Belongs to its event loop.
protocol RedisAddressSource: AnyObject {
  /// Whether the answer may be another one tomorrow, so that it pays to ask again when a node turns out to be a replica.
  var isDynamic: Bool { get }
  /// Answers once, in bounded time, on the loop. Nil: nobody knows.
  func find(_ answer: @escaping (RedisEndpoint?) -> Void)
}

/// A place that the configuration, or a cluster, has named.
final class FixedAddress: RedisAddressSource {
  private let endpoint: RedisEndpoint

  init(_ endpoint: RedisEndpoint) { self.endpoint = endpoint }

  var isDynamic: Bool { false }
  func find(_ answer: @escaping (RedisEndpoint?) -> Void) { answer(endpoint) }
}

/// Several places that will do, in turn.
final class RotatingAddress: RedisAddressSource {
  private let endpoints: [RedisEndpoint]
  private var next = 0

  init(_ endpoints: [RedisEndpoint]) { self.endpoints = endpoints }

  var isDynamic: Bool { false }

  func find(_ answer: @escaping (RedisEndpoint?) -> Void) {
    guard !endpoints.isEmpty else { return answer(nil) }
    next = (next + 1) % endpoints.count
    answer(endpoints[next])
  }
}
