import Clients
import Testing
import TestSupport

@testable import Gateway

/// Files that change under a listener.
@Suite struct ServerSecurityTests {
  @Test func filesThatStayAsTheyAreAreNotReadAgain() throws {
    let folder = try PEMFolder.standard()
    let security = try ServerSecurity(.standard(in: folder))
    #expect(security.look() == .unchanged)
    try folder.write(TestCertificates.good, to: "server.pem")
    #expect(security.look() == .replaced, "the same text in another file")
    #expect(security.look() == .unchanged)
  }

  @Test func aBrokenFileIsToldOfOnceAndTheOldOneStays() throws {
    let folder = try PEMFolder.standard()
    let security = try ServerSecurity(.standard(in: folder))
    try folder.write("nonsense", to: "server.pem")
    #expect(security.look() == .unchanged, "it may be half written")
    guard case .kept(let fault) = security.look() else {
      Issue.record("nothing was said")
      return
    }
    #expect(fault.key == "certificate_file" && !fault.found.contains("nonsense"))
    #expect(security.look() == .unchanged && security.look() == .unchanged, "once")
    guard case .kept = security.look(isAsked: true) else {
      Issue.record("whoever asks is told again")
      return
    }
    try folder.write(TestCertificates.good, to: "server.pem")
    #expect(security.look() == .replaced)
  }

  /// Between the two writes the pair does not match.
  @Test func aCertificateAndItsKeyMayComeOneAfterTheOther() throws {
    let folder = try PEMFolder.standard()
    let security = try ServerSecurity(.standard(in: folder))
    try folder.write(TestCertificates.other, to: "server.pem")
    #expect(security.look() == .unchanged)
    try folder.write(TestCertificates.otherKey, to: "server.key")
    #expect(security.look() == .replaced)
  }
}
