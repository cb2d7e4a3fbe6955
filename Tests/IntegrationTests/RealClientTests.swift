import Foundation
import Testing
import TestSupport
import Upstreams

/// TLS and HTTP/2 as other people's clients see them: curl, openssl, nghttp, h2load.
@Suite struct RealClientTests {
  private static func setup(_ folder: PEMFolder, _ more: [String: String] = [:]) -> StackSetup {
    var setup = StackSetup()
    setup.environment = [
      "TRIBUTARY_SERVER_TLS_CERTIFICATE_FILE": folder.file("server.pem"),
      "TRIBUTARY_SERVER_TLS_KEY_FILE": folder.file("server.key"),
    ].merging(more) { $1 }
    return setup
  }

  /// Protocol and status, and the exit code where that is not 0.
  private static func curl(_ folder: PEMFolder, _ url: String, _ options: String...) async throws -> String {
    try await curl(folder, url, options)
  }

  private static func expect(
    _ outcome: String, _ folder: PEMFolder, _ url: String, _ options: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await curl(folder, url, options)
    #expect(found == outcome, sourceLocation: sourceLocation)
  }

  private static func curl(_ folder: PEMFolder, _ url: String, _ options: [String]) async throws -> String {
    let process = try ServerProcess(
      ["curl", "-s", "--max-time", "20", "--cacert", folder.file("ca.pem"), "-o", "/dev/null"]
        + ["-w", "%{http_version} %{http_code} %{exitcode}", url] + options)
    await process.ended()
    return process.output
  }

  @Test func curlIsAnsweredInWhatItAsksFor() async throws {
    let folder = try PEMFolder.standard()
    try await withStack(Self.setup(folder)) { stack in
      let url = "https://localhost:\(stack.gateway.port)\(consolidated)"
      try await Self.expect("2 200 0", folder, url, "--http2")
      try await Self.expect("1.1 200 0", folder, url, "--http1.1")
      try await Self.expect("2 200 0", folder, url, "--http2", "--tls-max", "1.2")
      try await Self.expect("2 405 0", folder, url, "--http2", "--compressed", "-X", "POST", "-d", "x")
      try await Self.expect("0 000 35", folder, url, "--tls-max", "1.1")
      let plain = "http://localhost:\(stack.gateway.port)/"
      let outcome = try await Self.curl(folder, plain)
      #expect(!outcome.contains("200"))
      // The authority that has signed it is not the one asked for.
      try await Self.expect("0 000 60", folder, url, "--cacert", folder.file("clients.pem"))
    }
  }

  /// The same bytes, whatever carries them.
  @Test func theDocumentIsTheSameOverBoth() async throws {
    let folder = try PEMFolder.standard()
    try await withStack(Self.setup(folder)) { stack in
      let url = "https://localhost:\(stack.gateway.port)/api/dashboard/consolidated?user_id=1"
      let one = try await Tool.run("curl", "-s", "--cacert", folder.file("ca.pem"), "--http1.1", url)
      let two = try await Tool.run("curl", "-s", "--cacert", folder.file("ca.pem"), "--http2", url)
      let (first, second) = (try JSON(parsing: Array(one.utf8)), try JSON(parsing: Array(two.utf8)))
      for (key, _, _) in sections { #expect(first[key] != nil && first[key] == second[key]) }
    }
  }

  @Test func withoutTLSHTTP2IsSpokenWithPriorKnowledge() async throws {
    let folder = try PEMFolder.standard()
    var setup = StackSetup()
    setup.environment = ["TRIBUTARY_SERVER_H2C": "true"]
    try await withStack(setup) { stack in
      let url = "http://localhost:\(stack.gateway.port)\(consolidated)"
      try await Self.expect("2 200 0", folder, url, "--http2-prior-knowledge")
      try await Self.expect("1.1 200 0", folder, url)
    }
    try await withStack { stack in
      let url = "http://localhost:\(stack.gateway.port)\(consolidated)"
      let outcome = try await Self.curl(folder, url, "--http2-prior-knowledge")
      #expect(!outcome.hasPrefix("2 200"))
    }
  }

  @Test func whoMustShowACertificateIsLetInWithIt() async throws {
    let folder = try PEMFolder.standard()
    let setup = Self.setup(
      folder,
      [
        "TRIBUTARY_SERVER_TLS_CLIENT_AUTH": "required", "TRIBUTARY_SERVER_TLS_CLIENT_CA_FILE": folder.file("clients.pem"),
        "TRIBUTARY_ADMIN_TLS_CERTIFICATE_FILE": folder.file("server.pem"),
        "TRIBUTARY_ADMIN_TLS_KEY_FILE": folder.file("server.key"), "TRIBUTARY_ADMIN_TLS_CLIENT_AUTH": "required",
        "TRIBUTARY_ADMIN_TLS_CLIENT_CA_FILE": folder.file("clients.pem"), "TRIBUTARY_SERVER_TLS_MINIMUM_VERSION": "1.3",
      ])
    try await withStack(setup) { stack in
      let ports = [stack.gateway.port, try await stack.gateway.adminPort]
      for port in ports {
        let url = "https://localhost:\(port)/livez"
        let certificate = ["--cert", folder.file("client.pem"), "--key", folder.file("client.key")]
        try await Self.expect("2 200 0", folder, url, certificate[0], certificate[1], certificate[2], certificate[3])
        let without = try await Self.curl(folder, url)
        #expect(!without.contains("200"))
        let other = ["--cert", folder.file("other.pem"), "--key", folder.file("other.key")]
        let foreign = try await Self.curl(folder, url, other[0], other[1], other[2], other[3])
        #expect(!foreign.contains("200"))
      }
      let url = "https://localhost:\(stack.gateway.port)/livez"
      try await Self.expect("0 000 35", folder, url, "--tls-max", "1.2")
    }
  }

  @Test func aCertificateReplacedOnDiskIsShown() async throws {
    let folder = try PEMFolder.standard()
    func subject(_ port: Int) async throws -> String {
      try await Tool.run(
        "sh", "-c", "openssl s_client -connect localhost:\(port) -alpn h2 </dev/null 2>/dev/null | openssl x509 -noout -subject")
    }
    try await withStack(Self.setup(folder)) { stack in
      #expect(try await subject(stack.gateway.port).contains("Tributary Test good"))
      let broken = "nonsense"
      try folder.write(broken, to: "server.pem")
      stack.gateway.process.send(signal: SIGHUP)
      let line = try await stack.gateway.process.line(containing: "Certificate not replaced")
      #expect(line.contains("server.tls.certificate_file") && !line.contains(broken))
      #expect(try await subject(stack.gateway.port).contains("Tributary Test good"), "the old one stays")
      try folder.write(TestCertificates.other, to: "server.pem")
      try folder.write(TestCertificates.otherKey, to: "server.key")
      // Without being told to.
      _ = try await stack.gateway.process.line(containing: "Certificate replaced")
      #expect(try await subject(stack.gateway.port).contains("Tributary Test other"))
    }
  }

  @Test func tenThousandRequestsOnTenConnectionsAreAllAnswered() async throws {
    let folder = try PEMFolder.standard()
    var setup = Self.setup(folder)
    setup.caches = true
    try await withStack(setup) { stack in
      let url = "https://localhost:\(stack.gateway.port)\(consolidated)"
      let load = try await Tool.run("h2load", "-n", "10000", "-c", "10", "-m", "10", url)
      #expect(load.contains("requests: 10000 total, 10000 started, 10000 done, 10000 succeeded, 0 failed, 0 errored, 0 timeout"))
      #expect(load.contains("status codes: 10000 2xx"), "\(load.suffix(600))")
      #expect(load.contains("Application protocol: h2"))
      let nghttp = try await Tool.run("nghttp", "-v", "-n", url)
      #expect(nghttp.contains("[SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100]"))
      #expect(nghttp.contains("[SETTINGS_MAX_HEADER_LIST_SIZE(0x06):32768]"))
      #expect(nghttp.contains(":status: 200"))
    }
  }

  /// What is in flight when the end comes is answered, as over HTTP/1.
  @Test func theEndLosesNoRequest() async throws {
    let folder = try PEMFolder.standard()
    var setup = Self.setup(folder)
    setup.deadline = "2s"
    try await withStack(setup) { stack in
      for name in ServiceName.allCases { try await stack.setFault(.hang, of: name) }
      let url = "https://localhost:\(stack.gateway.port)\(consolidated)"
      async let answer = Self.curl(folder, url, "--http2")
      _ = try await stack.fakes.stats(of: .metrics) { $0.inFlight == 1 }
      stack.gateway.process.send(signal: SIGTERM)
      let (line, ending) = (try await answer, try await stack.gateway.process.end(within: .seconds(20)))
      #expect(line == "2 504 0")
      #expect(ending == .exit(0))
    }
  }

  @Test func aClientThatLeavesTakesItsUpstreamCallsAlong() async throws {
    let folder = try PEMFolder.standard()
    var setup = Self.setup(folder)
    setup.deadline = "30s"
    try await withStack(setup) { stack in
      for name in ServiceName.allCases { try await stack.setFault(.hang, of: name) }
      let url = "https://localhost:\(stack.gateway.port)\(consolidated)"
      let curl = try ServerProcess(["curl", "-s", "--cacert", folder.file("ca.pem"), "--http2", url])
      _ = try await stack.fakes.stats(of: .metrics) { $0.inFlight == 1 }
      curl.signal(SIGKILL)
      await curl.ended()
      _ = try await within(.seconds(10), "the end of the calls") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 0 && $0.cancelled == 1 }
      }
    }
  }
}
