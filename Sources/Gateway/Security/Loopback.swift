/// Whether a listener can be reached from this machine only.
enum Loopback {
  /// - Parameter host: as it stands in the configuration.
  static func contains(_ host: String) -> Bool {
    if ["localhost", "::1"].contains(host.lowercased()) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
