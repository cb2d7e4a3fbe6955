import NIOCore
import Testing

@testable import Gateway

@Suite struct IPAddressTests {
  @Test(arguments: [
    "192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "::ffff:192.0.2.1", "FE80::A",
    "1:2:3:4:5:6:7:8", "64:ff9b::192.0.2.33",
  ]) func anAddressIsRead(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address == IPAddress(try SocketAddress(ipAddress: text, port: 7)))
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.04", "0x7f.1.1.1", "127.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\0",
    "1.2.3.4/8",
    ":", ":::", "1::2::3", "12345::", "fe80::1%eth0", "[::1]", "::1]", "localhost", "unknown", "_hidden", "١.2.3.4", "1.2.3.4:80",
    "2001:db8::1 ", "::ffff:256.0.0.1", String(repeating: "1", count: 1000), String(repeating: ":", count: 45),
  ]) func anythingElseIsNone(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func aMappedAddressIsThatOfIPv4() throws {
    #expect(IPAddress("::ffff:192.0.2.1") == IPAddress("192.0.2.1") && IPAddress("::ffff:c000:201") == IPAddress("192.0.2.1"))
    #expect(try #require(IPAddress("::ffff:192.0.2.1")).customer == [192, 0, 2, 1])
    // The compatible form of old is not.
    #expect(IPAddress("::192.0.2.1") != IPAddress("192.0.2.1"))
  }

  @Test func aCustomerOfIPv6IsAPrefixOf64() throws {
    let customer = try #require(IPAddress("2001:db8:1:2::1")).customer
    #expect(customer == [0x20, 0x01, 0x0D, 0xB8, 0, 1, 0, 2])
    #expect(IPAddress("2001:db8:1:2:ffff:ffff:ffff:ffff")?.customer == customer)
    #expect(IPAddress("2001:db8:1:3::1")?.customer != customer)
    #expect(IPAddress("192.0.2.1")?.customer != IPAddress("192.0.2.2")?.customer)
  }

  @Test func aSocketThatIsAPathHasNone() throws {
    #expect(IPAddress(try SocketAddress(unixDomainSocketPath: "socket")) == nil && IPAddress(nil) == nil)
  }
}

@Suite struct AddressRangeTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ("10.0.0.0/8", "a00::", false), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
    ("192.0.2.7/32", "192.0.2.7", true), ("128.0.0.0/8", "128.1.1.1", true), ("128.0.0.0/8", "129.1.1.1", false),
    ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.255", true),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false), ("::1", "::1", true),
    ("::1", "::2", false),
    ("2001:db8::/64", "2001:db8::ffff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
    ("2001:db8::1/128", "2001:db8::1", true), ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false),
    ("::ffff:10.0.0.0/104", "10.9.9.9", true), ("::ffff:10.0.0.0/104", "11.9.9.9", false), ("fc00::/7", "10.0.0.1", false),
  ]) func aRangeHoldsWhatHasItsPrefix(range: String, address: String, isIn: Bool) throws {
    #expect(try #require(AddressRange(range)).contains(try #require(IPAddress(address))) == isIn)
  }

  @Test(arguments: [
    "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/0", "0.0.0.0/0", "::/0", "::/129", "10.0.0.1/8", "2001:db8::1/32",
    "10.0.0.0/08x", "10.0.0.0/-8", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "10.*", "all", "example.com", "10.0.0.0/255.0.0.0",
    "128.0.0.0/1", "10.0.0.0/7", "8000::/1", "::/7", "::ffff:0:0/96", "::/80", "10.0.0.0-10.0.0.9", " 10.0.0.0/8", "10.0.0.0/ 8",
    "10.0.0.0/9999",
  ]) func anythingElseIsNone(text: String) {
    #expect(AddressRange(text) == nil)
  }
}
