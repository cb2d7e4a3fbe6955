import NIOCore
import Testing

@testable import Caching

@Suite struct BodyFindingsTests {
  private static let body = EnvelopeTests.json
  private static let size = body.utf8.count
  private static let good = BodyFindings(
    digest: BodyDigest(hashing: ByteBuffer(string: body)), rowCount: 400, declaredCount: -7, oddRows: 3, cost: size + 1000)

  private static func envelope(_ findings: BodyFindings?) -> Envelope {
    var envelope = EnvelopeTests.envelope(body: body)
    envelope.findings = findings
    return envelope
  }

  private static func refusal(_ findings: BodyFindings) throws -> Envelope.Refusal? {
    let bytes = try #require(EnvelopeCodec().encode(envelope(findings), for: EnvelopeTests.key))
    do throws(Envelope.Refusal) {
      _ = try EnvelopeCodec().decode(bytes, for: EnvelopeTests.key)
      return nil
    } catch { return error }
  }

  @Test func whatWasFoundComesBackWithTheBody() throws {
    for codec in try EnvelopeTests.codecs() {
      for findings in [Self.good, nil] {
        let bytes = try #require(codec.encode(Self.envelope(findings), for: EnvelopeTests.key))
        #expect(try codec.decode(bytes, for: EnvelopeTests.key) == Self.envelope(findings))
      }
    }
  }

  @Test(arguments: [Int64.min, -1, Int64(size) + 1, .max]) func aCountThatTheBodyCannotHaveIsRefused(count: Int64) throws {
    var (rows, odd) = (Self.good, Self.good)
    rows.rowCount = count
    odd.oddRows = count
    #expect(try Self.refusal(rows) == .malformed)
    #expect(try Self.refusal(odd) == .malformed)
  }

  @Test(arguments: [Int64.min, -1, 0, Int64(size) - 1, 4097 + Int64(size) * 256, .max])
  func aCostThatTheBodyCannotHaveIsRefused(cost: Int64) throws {
    var findings = Self.good
    findings.cost = cost
    #expect(try Self.refusal(findings) == .malformed)
  }

  @Test(arguments: [Int64.min, .max]) func whatTheBodySaysOfItselfMayBeAnything(count: Int64) throws {
    var findings = Self.good
    findings.declaredCount = count
    #expect(try Self.refusal(findings) == nil)
  }

  /// FIPS 180-2, appendix B.1.
  @Test func theDigestIsTheFirstHalfOfSHA256() {
    let digest = BodyDigest(hashing: ByteBuffer(string: "abc"))
    #expect(digest == BodyDigest(high: 0xBA78_16BF_8F01_CFEA, low: 0x4141_40DE_5DAE_2223))
    #expect(digest != BodyDigest(hashing: ByteBuffer(string: "abd")))
  }
}
