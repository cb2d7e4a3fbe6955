import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHPACK
import TestSupport
import Testing

@testable import Gateway

@Suite struct PageTests {
  @Test func everyPageIsAmongTheAssets() {
    for page in WebPage.documentation { #expect(WebAsset(page.asset) != nil, "\(page.asset)") }
    #expect(PageRoutes.routes(WebPage.documentation).map(\.path) == WebPage.documentation.map(\.path))
    #expect(WebAsset("docs/docs.htm") == nil)
  }

  @Test func whatIsStoredAsGzipCanBeRead() throws {
    for page in WebPage.documentation {
      let asset = try #require(WebAsset(page.asset))
      let plain = asset.isGzip ? try #require(Gzip.decode(asset.bytes), "\(page.asset)") : asset.bytes
      #expect(plain.readableBytes > 100)
    }
  }

  @Test func whatIsNoGzipIsNotDecoded() throws {
    let good = try #require(WebAsset("vendor/swagger-ui/swagger-ui.css.gz")).bytes
    var (short, long, changed) = (good, good, good)
    short.moveWriterIndex(to: good.writerIndex - 1)
    long.writeString("more")
    changed.setInteger(good.getInteger(at: 5000, as: UInt8.self)! ^ 1, at: 5000)
    for wrong in [short, long, changed, ByteBuffer(), ByteBuffer(string: "this is no gzip, long as it may be")] {
      #expect(Gzip.decode(wrong) == nil)
    }
  }

  @Test func whoAcceptsGzipGetsItAndOthersGetTheSameBytes() async throws {
    try await SecuredGateway.run { gateway in
      for page in WebPage.documentation {
        let plain = try await gateway.get(page.path)
        #expect(plain.status == 200 && plain.fields["content-encoding"] == nil, "\(page.path)")
        let coded = try await gateway.get(page.path, fields: ["accept-encoding": "br;q=1.0, gzip;q=0.5"])
        #expect(coded.status == 200 && coded.fields["vary"]?.contains("Accept-Encoding") == true)
        guard coded.fields["content-encoding"] == "gzip" else {
          // Too small to become smaller.
          #expect(coded.body == plain.body && coded.body.count < Compressor.minBytes)
          continue
        }
        #expect(ContentDecoding.decode(coded.body, "gzip", room: 1 << 22) == plain.body)
        #expect(coded.fields["etag"] != plain.fields["etag"])
      }
    }
  }

  @Test func whoHasItIsToldSoAndHEADHasNoBody() async throws {
    try await SecuredGateway.run { gateway in
      let first = try await gateway.get("/docs")
      #expect(first.fields["cache-control"] == "public, no-cache")
      let tag = try #require(first.fields["etag"])
      let again = try await gateway.get("/docs", fields: ["if-none-match": tag])
      #expect(again.status == 304 && again.body.isEmpty && again.fields["etag"] == tag)
      // A cache takes the fields of this answer over: the policy must be the page's.
      #expect(again.fields["content-security-policy"] == PagePolicy.documentation.text)
      #expect(try await gateway.get("/docs", fields: ["if-none-match": "\"other\""]).status == 200)
      let head = try await blocking { [port = gateway.port] in
        let client = try RawConnection(port: port)
        try client.request("HEAD", "/docs")
        return try client.response(toHead: true)
      }
      #expect(head.status == 200 && head.fields["content-length"] == "\(first.body.count)")
    }
  }

  @Test func aPageHasItsOwnPolicyAndItsPartsThatOfEveryAnswer() async throws {
    try await SecuredGateway.run { gateway in
      for page in WebPage.documentation {
        let head = try await blocking { [port = gateway.port] in
          let client = try RawConnection(port: port)
          try client.request("GET", page.path)
          return try client.head()
        }
        let policies = head.components(separatedBy: "\r\n").filter { $0.hasPrefix("Content-Security-Policy: ") }
        let expected = page.policy?.text ?? "default-src 'none'; frame-ancestors 'none'"
        #expect(policies == ["Content-Security-Policy: \(expected)"], "\(page.path)")
        #expect(head.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
      }
    }
  }

  @Test func overHTTP2ThereIsOnePolicyToo() {
    let fields = { (headers: HTTPFields) in
      HPACKHeaders(Response(status: .ok, headers: headers), framing: .none, bodyBytes: nil, common: CommonFields())
    }
    #expect(fields([.contentSecurityPolicy: "x"])["content-security-policy"] == ["x"])
    #expect(fields([:])["content-security-policy"] == ["default-src 'none'; frame-ancestors 'none'"])
    #expect(fields([.contentSecurityPolicy: "x"])["x-frame-options"] == ["DENY"])
  }

  @Test func aPolicyNamesNoOtherHost() {
    for policy in [PagePolicy.strict, .documentation] {
      let sources = policy.text.split(separator: ";").flatMap { $0.split(separator: " ").dropFirst() }
      #expect(Set(sources).isSubset(of: ["'none'", "'self'", "'unsafe-inline'", "data:", "blob:"]))
      #expect(policy.text.hasPrefix("default-src 'none'") && policy.text.contains("script-src 'self';"))
    }
  }

  @Test func nobodyHasToSayWhoHeIs() async throws {
    try await SecuredGateway.run { gateway in
      for page in WebPage.documentation { #expect(try await gateway.get(page.path).status == 200) }
      let other = try await gateway.get("/assets/other.js")
      #expect(other.status == 401)
    }
  }
}
