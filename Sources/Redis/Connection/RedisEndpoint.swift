/// Where a Redis listens.
package enum RedisEndpoint: Sendable, Hashable {
  /// A name, or an IPv4 or IPv6 address without brackets.
  case tcp(host: String, port: Int)
  case unix(path: String)

  var host: String? {
    if case .tcp(let host, _) = self { host } else { nil }
  }
}
