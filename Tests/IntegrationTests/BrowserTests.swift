import Foundation
import TestSupport
import Testing
import Upstreams

/// What a page in a real browser may read: headless Chromium.
@Suite struct BrowserTests {
  /// Asks for its query's address while it loads, with a field that needs a preflight (Fetch §4.8), and says what it could read.
  private static let page = """
    <!DOCTYPE html><title>page</title><body><script>
    const request = new XMLHttpRequest();
    request.open("GET", decodeURIComponent(location.search.slice(1)), false);
    request.setRequestHeader("Authorization", "Bearer admin-token");
    try {
      request.send();
      document.body.textContent = `read ${request.status} ${JSON.parse(request.responseText).metadata.complete}`;
    } catch (error) { document.body.textContent = `refused ${error.name}`; }
    </script>
    """

  /// What the page says in the end.
  private static func open(_ page: String, asking target: String) async throws -> String {
    let profile = try PEMFolder([:])
    let dom = try await within(.seconds(90), "the browser") {
      try await Tool.run(
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--user-data-dir=\(profile.path)", "--dump-dom", "\(page)?\(target.replacing(":", with: "%3A"))")
    }
    let body = dom.split(separator: "<body>").last?.prefix { $0 != "<" && $0 != "\n" }
    return String(body ?? "")
  }

  @Test func aPageOfAnAllowedOriginReadsAndNoOther() async throws {
    try await PageServer.with(["page.html": Self.page]) { server in
      var setup = StackSetup()
      setup.places = Turnstile.all
      setup.environment = ["TRIBUTARY_CORS_ALLOWED_ORIGINS": "http://127.0.0.1:\(server.port)"]
      try await withStack(setup) { stack in
        let target = "http://127.0.0.1:\(stack.gateway.port)\(consolidated)"
        // The same server by another name is another origin.
        let stranger = try await Self.open("http://localhost:\(server.port)/page.html", asking: target)
        #expect(stranger == "refused NetworkError")
        _ = try await stack.gateway.process.line(containing: "\"method\":\"OPTIONS\"")
        for name in ServiceName.allCases { #expect(stack.fakes.stats(of: name).total == 0, "\(name) was asked for a preflight") }
        let allowed = try await Self.open("http://127.0.0.1:\(server.port)/page.html", asking: target)
        #expect(allowed == "read 200 true")
        let preflights = stack.gateway.process.output.value.lines.count { $0.contains("\"method\":\"OPTIONS\"") }
        #expect(preflights == 2)
        for name in ServiceName.allCases { #expect(stack.fakes.stats(of: name).total == 1, "\(name)") }
      }
    }
  }
}
