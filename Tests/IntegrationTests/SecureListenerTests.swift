import Crypto
import Foundation
import TestSupport
import Testing
import Upstreams

/// TLS where only operators and issuers meet the gateway: its admin listener, and the key set of an issuer.
@Suite struct SecureListenerTests {
  private static func curl(_ arguments: [String]) async throws -> String {
    let process = try ServerProcess(["curl", "-s", "--max-time", "20"] + arguments)
    await process.ended()
    return process.output
  }

  @Test func whoShowsACertificatePurgesOverTheAdminListener() async throws {
    let folder = try PEMFolder.standard()
    var setup = StackSetup(caches: true)
    setup.environment = [
      "TRIBUTARY_ADMIN_TLS_CERTIFICATE_FILE": folder.file("server.pem"),
      "TRIBUTARY_ADMIN_TLS_KEY_FILE": folder.file("server.key"),
      "TRIBUTARY_ADMIN_TLS_CLIENT_AUTH": "required", "TRIBUTARY_ADMIN_TLS_CLIENT_CA_FILE": folder.file("clients.pem"),
    ]
    try await withStack(setup) { stack in
      #expect(try await stack.get(consolidated).status == 200)
      let purge = [
        "--cacert", folder.file("ca.pem"), "-w", " %{http_code}", "-H", "Content-Type: application/json", "-d",
        #"{"tags":["users"],"mode":"hard"}"#, "https://localhost:\(try await stack.gateway.adminPort)/admin/cache/purge",
      ]
      let certificate = { (name: String) in ["--cert", folder.file("\(name).pem"), "--key", folder.file("\(name).key")] }
      let without = try await Self.curl(purge)
      #expect(without == " 000")
      // Signed by the authority of servers, which is none for clients.
      let other = try await Self.curl(certificate("other") + purge)
      #expect(other == " 000")
      // The authority that it is recognised by is not the one that has signed it.
      let distrustful = try await Self.curl(
        certificate("client") + ["--cacert", folder.file("clients.pem")] + purge.dropFirst(2))
      #expect(distrustful == " 000")
      #expect(try await stack.get(consolidated)["cache-status"]?.contains("tributary/users;hit") == true)
      let done = try await Self.curl(certificate("client") + purge)
      #expect(done == #"{"mode":"hard","tags":["users"],"entries":1,"spread":"not_needed"} 200"#)
      #expect(try await stack.get(consolidated)["cache-status"]?.contains("tributary/users;fwd=miss") == true)
    }
  }

  private static func configuration(_ url: String, _ more: String) -> String {
    """
    authentication:
      modes: [jwt]
      jwt:
        jwks_url: \(url)
    \(more)
    """
  }

  @Test func anIssuerIsRecognisedByAnAuthorityOfItsOwn() async throws {
    let folder = try PEMFolder.standard()
    let key = P256.Signing.PrivateKey()
    let document = TestToken.document(key.publicKey, kid: "one")
    let token = try TestToken.signed(subject: "ana", user: 1, role: "ADMIN", key: key, kid: "one")
    let bearing = [("authorization", "Bearer \(token)")]
    try await PageServer.with(["keys.json": document], certificate: folder.file("server.pem"), key: folder.file("server.key")) {
      issuer in
      let url = "https://localhost:\(issuer.port)/keys.json"
      for (authority, status) in [("ca.pem", 200), ("clients.pem", 503)] {
        let trust = "    jwks_tls: {ca_file: \(folder.file(authority))}\n"
        try await withFile(Self.configuration(url, trust)) { file in
          var setup = StackSetup()
          setup.options = ["--config", file]
          try await withStack(setup) { stack in
            let answer = try await stack.get(consolidated, fields: bearing)
            #expect(answer.status == status, "\(authority)")
          }
        }
      }
      try await withFile(Self.configuration(url, "")) { file in
        var setup = StackSetup()
        setup.options = ["--config", file]
        try await withStack(setup) { stack in
          let answer = try await stack.get(consolidated, fields: bearing)
          #expect(answer.status == 503, "the system does not know it")
        }
      }
    }
    let missing = try await ChildProcess.run(
      ["check"],
      environment: [
        "TRIBUTARY_AUTHENTICATION_MODES": "jwt", "TRIBUTARY_AUTHENTICATION_JWT_JWKS_URL": "https://issuer.example/keys",
        "TRIBUTARY_AUTHENTICATION_JWT_JWKS_TLS_CA_FILE": "/nonexistent/ca.pem",
      ])
    #expect(missing.ending == .exit(2))
    #expect(missing.errors.first?.contains("authentication.jwt.jwks_tls.ca_file") == true, "\(missing.errors)")
  }
}
