import NIOCore
import Testing

@testable import Gateway

@Suite struct TrustedProxiesTests {
  private static func contains(_ ranges: [String], _ address: String) throws -> Bool {
    let proxies = try #require(TrustedProxies(ranges))
    return proxies.contains(try SocketAddress(ipAddress: address, port: 1))
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"), ("192.168.1.7", "192.168.1.7", "192.168.1.6"),
    ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"), ("10.0.0.128/25", "10.0.0.200", "10.0.0.127"),
    ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"), ("::1", "::1", "::2"), ("fe80::/10", "febf::1", "fec0::1"),
    ("10.0.0.1/32", "10.0.0.1", "10.0.0.0"), ("10.1.2.3/8", "10.9.9.9", "9.1.2.3"),
  ]) func aRangeHasItsOwnAddresses(range: String, inside: String, outside: String) throws {
    #expect(try Self.contains([range], inside))
    #expect(try !Self.contains([range], outside))
    #expect(try Self.contains(["203.0.113.1", range], inside))
  }

  @Test func anAddressOfIPv4IsTheSameWrittenAsIPv6() throws {
    #expect(try Self.contains(["10.0.0.0/8"], "::ffff:10.1.2.3"))
    #expect(try Self.contains(["::ffff:10.0.0.0/104"], "10.1.2.3"))
    #expect(try !Self.contains(["10.0.0.0/8"], "::10.1.2.3"))
    #expect(try Self.contains(["0.0.0.0/0"], "203.0.113.9"))
    #expect(try !Self.contains(["0.0.0.0/0"], "2001:db8::1"))
  }

  @Test(arguments: [
    "", "/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "::/129", "a.example", "10.0.0.0/8/8", "10.0.0.0/+8",
  ])
  func whatIsNoRangeIsRefused(text: String) {
    #expect(TrustedProxies([text]) == nil)
  }

  @Test func aSocketOfThisMachineHasNoAddress() throws {
    let proxies = try #require(TrustedProxies(["0.0.0.0/0", "::/0"]))
    #expect(try !proxies.contains(SocketAddress(unixDomainSocketPath: "/x")))
    #expect(try !TrustedProxies().contains(SocketAddress(ipAddress: "::1", port: 1)))
  }
}
