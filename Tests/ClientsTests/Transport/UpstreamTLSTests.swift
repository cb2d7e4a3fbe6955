import EventLoops
import NIOCore
import NIOSSL
import Settings
import TestSupport
import Testing

@testable import Clients

/// `upstreams.<name>.tls`: whom an upstream is recognised by, and what it is shown.
@Suite(.timeLimit(.minutes(1))) struct UpstreamTLSTests {
  /// A server that wants a certificate of a client.
  private func server(_ folder: PEMFolder, certificate: String) async throws -> ScriptedServer {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try PEMFiles.certificates("", folder.file("\(certificate).pem")).map { .certificate($0) },
      privateKey: .privateKey(try PEMFiles.privateKey("", folder.file("\(certificate).key"))))
    configuration.trustRoots = .file(folder.file("clients.pem"))
    configuration.certificateVerification = .noHostnameVerification
    let context = try NIOSSLContext(configuration: configuration)
    return try await ScriptedServer.start(tls: context) { _ in [.request, .send(ok), .pause] }
  }

  private func result(
    _ tls: UpstreamTLS, _ folder: PEMFolder, certificate: String = "server"
  ) async throws -> Result<HTTPExchangeResponse, TransportError> {
    let server = try await server(folder, certificate: certificate)
    let context = try TransportSecurity.context(tls)
    let result = try await onLoop { loop in
      let endpoint = Endpoint(scheme: .https, host: "127.0.0.1", port: server.port)
      let transport = Transport(endpoint: endpoint, limits: .patient, tls: context, serverName: tls.serverName, eventLoop: loop)
      defer { transport.shutDown() }
      return await transport.result()
    }
    try await server.stop()
    return result
  }

  private func identity(_ name: String, _ folder: PEMFolder) -> UpstreamTLS.Identity {
    UpstreamTLS.Identity(certificateFile: folder.file("\(name).pem"), keyFile: folder.file("\(name).key"))
  }

  @Test func itsOwnAuthorityAndOurCertificate() async throws {
    let folder = try PEMFolder.standard()
    let tls = UpstreamTLS(caFile: folder.file("ca.pem"), identity: identity("client", folder))
    #expect(try await result(tls, folder).text == "ok")
  }

  @Test func withoutOurCertificateNothingIsAnswered() async throws {
    let folder = try PEMFolder.standard()
    let result = try await result(UpstreamTLS(caFile: folder.file("ca.pem")), folder)
    #expect(result.error != nil)
  }

  @Test func withoutItsAuthorityItIsNotTrusted() async throws {
    let folder = try PEMFolder.standard()
    let system = try await result(UpstreamTLS(identity: identity("client", folder)), folder).error
    #expect(system == .tlsFailed)
    let other = UpstreamTLS(caFile: folder.file("clients.pem"), identity: identity("client", folder))
    let foreign = try await result(other, folder).error
    #expect(foreign == .tlsFailed)
  }

  @Test func itIsTheNameInTheSettingsThatTheCertificateHasToHave() async throws {
    let folder = try PEMFolder.standard()
    var tls = UpstreamTLS(caFile: folder.file("ca.pem"), identity: identity("client", folder), serverName: "other.example")
    #expect(try await result(tls, folder, certificate: "other").text == "ok")
    tls.serverName = "another.example"
    let otherName = try await result(tls, folder, certificate: "other").error
    #expect(otherName == .tlsFailed)
    tls.serverName = nil
    let otherAddress = try await result(tls, folder, certificate: "other").error
    #expect(otherAddress == .tlsFailed)
  }

  @Test func filesThatHaveChangedMakeAnotherDefinition() throws {
    let folder = try PEMFolder.standard()
    let old = UpstreamTLS(caFile: folder.file("ca.pem"))
    #expect(old == UpstreamTLS(caFile: folder.file("ca.pem")))
    try folder.write(TestCertificates.clientAuthority, to: "ca.pem")
    #expect(old != UpstreamTLS(caFile: folder.file("ca.pem")))
  }

  @Test func whatIsWrongWithAFileIsSaidWithItsLine() throws {
    let folder = try PEMFolder.standard()
    func problems(_ lines: String...) -> [String] {
      let yaml = "upstreams:\n  users:\n    tls:\n" + lines.map { "      \($0)\n" }.joined()
      let reader = SettingsReader(SettingsSources(file: "f"), yaml: Array(yaml.utf8))
      _ = UpstreamDefinition.all(reading: reader)
      return reader.problems().map(\.description)
    }
    let (client, key) = (folder.file("client.pem"), folder.file("client.key"))
    #expect(problems("ca_file: \(folder.file("ca.pem"))", "certificate_file: \(client)", "key_file: \(key)") == [])
    #expect(
      problems("ca_file: /nonexistent") == [
        "f:4: upstreams.users.tls.ca_file: found \"/nonexistent\" (no such file), allowed: a PEM file of certificates"
      ])
    #expect(problems("certificate_file: \(client)").first?.contains("upstreams.users.tls.key_file: found nothing") == true)
    #expect(
      problems("certificate_file: \(client)", "key_file: \(folder.file("server.key"))").first?.hasPrefix(
        "f:5: upstreams.users.tls.key_file") == true)
  }
}
