import Identity
import Testing

@Suite struct CredentialDigestTests {
  @Test func whatIsPrintedIsTheBeginningOfSHA256() {
    #expect(CredentialDigest(of: "abc".utf8).description == "ba7816bf8f01cfea")
    #expect(CredentialDigest(of: "abc".utf8) != CredentialDigest(of: "abd".utf8))
  }
}
