import Settings
import Testing
import TestSupport

@testable import Gateway

/// `server.tls` and `admin.tls`, read and checked.
@Suite struct ServerTLSSettingsTests {
  private func read(_ yaml: String) -> (configuration: GatewayConfiguration, problems: [String]) {
    let reader = SettingsReader(SettingsSources(file: "f"), yaml: Array(yaml.utf8))
    let configuration = GatewayConfiguration(reading: reader)
    return (configuration, reader.problems().map(\.description))
  }

  private func tls(_ lines: String...) -> String { "server:\n  tls:\n" + lines.map { "    \($0)\n" }.joined() }

  @Test func withoutTheBlockThereIsNone() {
    let (configuration, problems) = read("server: {port: 1}")
    #expect(configuration.tls == nil && configuration.admin.tls == nil && !configuration.h2c && problems.isEmpty)
  }

  @Test func theWholeBlockIsRead() throws {
    let folder = try PEMFolder.standard()
    let (configuration, problems) = read(
      tls(
        "certificate_file: \(folder.file("server.pem"))", "key_file: \(folder.file("server.key"))",
        "client_ca_file: \(folder.file("clients.pem"))", "client_auth: required", "minimum_version: 1.3"))
    #expect(problems == [])
    var expected = ServerTLS.standard(in: folder)
    expected.clientCAFile = folder.file("clients.pem")
    expected.clientAuthentication = .required
    expected.minimumVersion = .tls13
    #expect(configuration.tls == expected)
  }

  @Test func whatIsWrongWithAFileIsSaidWithItsLine() throws {
    let folder = try PEMFolder.standard()
    let (server, key, other) = (folder.file("server.pem"), folder.file("server.key"), folder.file("other.key"))
    func problem(_ lines: String...) -> [String] { read("server:\n  tls:\n" + lines.map { "    \($0)\n" }.joined()).problems }
    #expect(
      problem("certificate_file: /nonexistent.pem", "key_file: \(key)") == [
        "f:3: server.tls.certificate_file: found \"/nonexistent.pem\" (no such file), allowed: a PEM file of certificates"
      ])
    #expect(
      problem("certificate_file: \(key)", "key_file: \(key)").first?.contains("no certificate in PEM in it") == true)
    #expect(
      problem("certificate_file: \(server)", "key_file: \(server)").first?.hasPrefix("f:4: server.tls.key_file") == true)
    #expect(
      problem("certificate_file: \(server)", "key_file: \(other)").first?.contains("not the key of the first certificate") == true
    )
    #expect(problem("certificate_file: \(folder.path)", "key_file: \(key)").first?.contains("not a regular file") == true)
    #expect(problem("certificate_file: \(server)").first?.contains("server.tls.key_file: found nothing") == true)
    #expect(
      problem("certificate_file: \(server)", "key_file: \(key)", "client_auth: required").first?.contains("client_ca_file")
        == true)
    #expect(
      problem("certificate_file: \(server)", "key_file: \(key)", "client_auth: optional", "client_ca_file: \(key)").first?
        .contains("f:6: server.tls.client_ca_file") == true)
    #expect(problem("minimum_version: 1.1", "certificate_file: \(server)", "key_file: \(key)").count == 1)
    #expect(problem("client_auth: none").count == 2, "a block without a certificate is a mistake")
  }

  @Test func anExpiredCertificateIsWarnedOf() throws {
    let folder = try PEMFolder.standard()
    let expired = ServerTLS(certificateFile: folder.file("expired.pem"), keyFile: folder.file("client.key"))
    _ = try expired.context()
    let end = 1_580_515_200
    #expect(expired.warning("server.tls", at: end - 1) == nil)
    #expect(expired.warning("server.tls", at: end)?.contains("has expired (Sat, 01 Feb 2020 00:00:00 GMT)") == true)
  }
}
