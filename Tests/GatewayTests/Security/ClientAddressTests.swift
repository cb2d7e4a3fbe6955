import HTTPTypes
import Settings
import Testing

@testable import Gateway

/// Proxies at 10.0.0.0/8 and fd00::/8 are trusted; clients are of 192.0.2.0/24, 198.51.100.0/24 and 2001:db8::/32.
@Suite struct ClientAddressTests {
  private static let proxy = "10.0.0.1"

  private static func rules(_ form: ClientAddress.Form) -> ClientAddress {
    var rules = ClientAddress()
    rules.trusted = TrustedProxies(["10.0.0.0/8", "fd00::/8"]) ?? TrustedProxies()
    rules.form = form
    return rules
  }

  private func client(
    _ values: [String], of peer: String = proxy, _ form: ClientAddress.Form, name: HTTPField.Name? = nil
  ) -> IPAddress? {
    var fields = HTTPFields()
    for value in values {
      fields.append(HTTPField(name: name ?? (form == .forwarded ? .forwarded : .xForwardedFor), value: value))
    }
    return Self.rules(form).client(of: IPAddress(peer), fields)
  }

  @Test(
    arguments: [
      ([], "10.0.0.1"), ([""], "10.0.0.1"), ([",  ,"], "10.0.0.1"),
      (["192.0.2.1"], "192.0.2.1"), (["  192.0.2.1\t"], "192.0.2.1"), (["192.0.2.1,"], "192.0.2.1"),
      // The nearest proxy has written on the right.
      (["198.51.100.9, 192.0.2.1"], "192.0.2.1"), (["198.51.100.9,192.0.2.1,10.2.2.2"], "192.0.2.1"),
      (["198.51.100.9, 192.0.2.1, 10.2.2.2, fd00::7, 10.3.3.3"], "192.0.2.1"),
      (["198.51.100.9", "192.0.2.1"], "192.0.2.1"), (["192.0.2.1", "10.2.2.2"], "192.0.2.1"),
      (["192.0.2.1", "", " , "], "192.0.2.1"),
      // What a client has put before it is not looked at.
      (["garbage, 192.0.2.1"], "192.0.2.1"), (["10.9.9.9, 192.0.2.1"], "192.0.2.1"), (["\"\\, 192.0.2.1"], "192.0.2.1"),
      (["127.0.0.1", "192.0.2.1"], "192.0.2.1"), ([String(repeating: "1.1.1.1,", count: 5000) + "192.0.2.1"], "192.0.2.1"),
      // All are ours: the first of them has asked.
      (["10.2.2.2"], "10.2.2.2"), (["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
      // Ports and brackets.
      (["192.0.2.1:4711"], "192.0.2.1"), (["2001:db8::1"], "2001:db8::1"), (["[2001:db8::1]"], "2001:db8::1"),
      (["[2001:db8::1]:443"], "2001:db8::1"), (["::ffff:192.0.2.1"], "192.0.2.1"), (["[::ffff:192.0.2.1]:80"], "192.0.2.1"),
      (["192.0.2.1, ::ffff:10.2.2.2"], "192.0.2.1"),
      // What should be an address is none: the peer.
      (["unknown"], "10.0.0.1"), (["_hidden"], "10.0.0.1"), (["192.0.2.1, unknown"], "10.0.0.1"),
      (["192.0.2.1, garbage, 10.2.2.2"], "10.0.0.1"), (["192.0.2.256"], "10.0.0.1"), (["192.0.2.1:"], "10.0.0.1"),
      (["192.0.2.1:123456"], "10.0.0.1"), (["192.0.2.1:8o"], "10.0.0.1"), (["[2001:db8::1"], "10.0.0.1"),
      (["2001:db8::1]"], "10.0.0.1"), (["[192.0.2.1]"], "10.0.0.1"), (["[2001:db8::1]443"], "10.0.0.1"), (["[]"], "10.0.0.1"),
      (["fe80::1%eth0"], "10.0.0.1"), (["192.0.2.1 198.51.100.9"], "10.0.0.1"), (["\"192.0.2.1\""], "10.0.0.1"),
      (["for=192.0.2.1"], "10.0.0.1"), (["192.0.2.1;"], "10.0.0.1"), (["0x7f000001"], "10.0.0.1"), (["3221225985"], "10.0.0.1"),
      // A hundred hops, and no more.
      ([(["192.0.2.1"] + Array(repeating: "10.2.2.2", count: 99)).joined(separator: ",")], "192.0.2.1"),
      ([(["192.0.2.1"] + Array(repeating: "10.2.2.2", count: 100)).joined(separator: ",")], "10.0.0.1"),
      ([String(repeating: "10.2.2.2,", count: 3000)], "10.0.0.1"), (Array(repeating: "10.2.2.2", count: 99), "10.2.2.2"),
    ] as [([String], String)]) func theLastUntrustedOfXForwardedForIsTheClient(values: [String], client wanted: String)
  {
    #expect(client(values, .xForwardedFor) == IPAddress(wanted))
  }

  @Test(
    arguments: [
      ([], "10.0.0.1"), (["for=192.0.2.1"], "192.0.2.1"), (["For=192.0.2.1"], "192.0.2.1"), (["FOR=\"192.0.2.1\""], "192.0.2.1"),
      (["for=192.0.2.1;proto=http;by=203.0.113.43"], "192.0.2.1"), (["proto=https;for=192.0.2.1"], "192.0.2.1"),
      (["for=198.51.100.9, for=192.0.2.1"], "192.0.2.1"),
      (["for=198.51.100.9,for=192.0.2.1;by=10.0.0.1,for=10.2.2.2"], "192.0.2.1"),
      (["for=198.51.100.9", "for=192.0.2.1"], "192.0.2.1"), (["for=192.0.2.1", "for=\"[fd00::7]\""], "192.0.2.1"),
      (["for=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"), (["for=\"[2001:db8::1]\""], "2001:db8::1"),
      (["for=\"192.0.2.1:4711\""], "192.0.2.1"), (["for=\"192.0.2.1:_port\""], "192.0.2.1"),
      (["for=\"1\\92.0.2.1\""], "192.0.2.1"),
      (["for=\"a,b;c\", for=192.0.2.1"], "192.0.2.1"), (["for=unknown, for=192.0.2.1"], "192.0.2.1"),
      ([", ,for=192.0.2.1 ,"], "192.0.2.1"), (["for=10.3.3.3,for=10.2.2.2"], "10.3.3.3"),
      // Nobody is named, or not in a way that has an address.
      (["for=unknown"], "10.0.0.1"), (["for=_hidden"], "10.0.0.1"), (["for=\"_SEVKISEK\""], "10.0.0.1"),
      (["for=192.0.2.1, for=_mdn"], "10.0.0.1"), (["for=192.0.2.1, by=10.0.0.1"], "10.0.0.1"), (["proto=https"], "10.0.0.1"),
      // Not as the grammar has it.
      (["for"], "10.0.0.1"), (["for="], "10.0.0.1"), (["=192.0.2.1"], "10.0.0.1"), (["192.0.2.1"], "10.0.0.1"),
      (["for=192.0.2.1;for=198.51.100.9"], "10.0.0.1"), (["for=192.0.2.1:4711"], "10.0.0.1"), (["for=2001:db8::1"], "10.0.0.1"),
      (["for=[2001:db8::1]"], "10.0.0.1"), (["for=\"2001:db8::1\""], "10.0.0.1"), (["for=\"[192.0.2.1]\""], "10.0.0.1"),
      (["for=\"192.0.2.1"], "10.0.0.1"), (["for=\"192.0.2.1\\"], "10.0.0.1"), (["for =192.0.2.1"], "10.0.0.1"),
      (["for= 192.0.2.1"], "10.0.0.1"), (["for=192.0.2.1 proto=http"], "10.0.0.1"), (["for=192.0.2.1;"], "10.0.0.1"),
      (["for=\"evil, for=192.0.2.1"], "192.0.2.1"), (["for=\"192.0.2.1:123456\""], "10.0.0.1"),
      (["for=\"192.0.2.1:_\""], "10.0.0.1"),
      (["for=\"[2001:db8::1]:_p q\""], "10.0.0.1"), ([String(repeating: "for=10.2.2.2,", count: 2000)], "10.0.0.1"),
    ] as [([String], String)]) func theLastUntrustedOfForwardedIsTheClient(values: [String], client wanted: String)
  {
    #expect(client(values, .forwarded) == IPAddress(wanted))
  }

  @Test func whoIsNotTrustedIsTheClientWhateverItSays() {
    for form in ClientAddress.Form.allCases {
      for peer in ["192.0.2.9", "11.0.0.1", "2001:db8::9"] {
        #expect(client(["198.51.100.9"], of: peer, form, name: .xForwardedFor) == IPAddress(peer))
        #expect(client(["for=198.51.100.9"], of: peer, form, name: .forwarded) == IPAddress(peer))
      }
    }
  }

  @Test func onlyTheFieldThatIsAgreedOnCounts() {
    #expect(client(["for=198.51.100.9"], .xForwardedFor, name: .forwarded) == IPAddress(Self.proxy))
    #expect(client(["198.51.100.9"], .forwarded, name: .xForwardedFor) == IPAddress(Self.proxy))
    #expect(client(["198.51.100.9"], .none) == IPAddress(Self.proxy))
  }

  @Test func withoutTrustedProxiesThePeerIsTheClient() {
    #expect(ClientAddress().client(of: IPAddress(Self.proxy), [.xForwardedFor: "192.0.2.1"]) == IPAddress(Self.proxy))
    #expect(ClientAddress().client(of: nil, [.xForwardedFor: "192.0.2.1"]) == nil)
  }

  @Test func aProxyOfIPv4OnASocketOfIPv6IsTrusted() {
    #expect(client(["192.0.2.1"], of: "::ffff:10.0.0.1", .xForwardedFor) == IPAddress("192.0.2.1"))
  }

  @Test func theSettingsAreRead() {
    let read = { (yaml: String) -> (ClientAddress, [String]) in
      let settings = SettingsReader(SettingsSources(file: "x.yaml", environment: [:]), yaml: Array(yaml.utf8))
      let proxies = SecurityConfiguration(reading: settings).trustedProxies
      return (ClientAddress(reading: settings.scope("server"), trusted: proxies), settings.problems().map(\.description))
    }
    #expect(read("") == (ClientAddress(), []))
    let (rules, problems) = read("server:\n  trusted_proxies: [10.0.0.0/8, \"fd00::/8\"]\n  forwarded: forwarded\n")
    #expect(problems == [] && rules == Self.rules(.forwarded))
    for line in ["trusted_proxies: [10.0.0.1/8]", "trusted_proxies: [0.0.0.0/0]", "trusted_proxies: [proxy]", "forwarded: both"] {
      #expect(read("server:\n  \(line)\n").1.count == 1)
    }
  }
}
