import Foundation
import Testing

/// What lies in `deploy/` to watch a gateway with.
@Suite struct DeployTests {
  private static let board = Checkout.root + "/deploy/grafana/dashboards/tributary.json"
  private static let alerts = Checkout.root + "/deploy/prometheus/alerts.yml"

  /// A name that nothing counts would be an alert that never rings.
  @Test(arguments: [board, alerts])
  func onlyMetricsThatExistAreUsed(path: String) async throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let used = Set(text.matches(of: /\b(?:tributary|process)_[a-z_]+/).map { String($0.0) })
    #expect(used.count > 10)
    try await withEverything { stack in
      let page = try await MetricsPage(of: stack.gateway)
      let histograms = Set(
        page.text.split(separator: "\n").filter { $0.hasSuffix(" histogram") }.compactMap {
          $0.split(separator: " ").dropFirst(2).first.map(String.init)
        })
      for name in used {
        let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
        #expect(base.map(histograms.contains) == true || page.names.contains(name) && !histograms.contains(name), "\(name)")
      }
    }
  }

  @Test func promtoolFindsTheRulesAndTheConfigurationInOrder() async throws {
    let folder = Checkout.root + "/deploy/prometheus"
    for command in ["check rules alerts.yml", "check config prometheus.yml", "test rules alerts.test.yml"] {
      #expect(
        try await Tool.run("sh", "-c", "cd '\(folder)' && promtool \(command) >/dev/null && echo fine").hasSuffix("fine\n"),
        "\(command)")
    }
  }

  @Test func everyAlertHasItsPageInTheDocumentation() throws {
    let text = try String(contentsOfFile: Self.alerts, encoding: .utf8)
    let names = text.matches(of: /- alert: (\w+)/).map { String($0.1) }
    let links = text.matches(of: /runbook: \S*docs\/operations\.md#(\S+)/).map { String($0.1) }
    #expect(!names.isEmpty && names.map { $0.lowercased() } == links)
    let headings = Set(
      try lines(of: Checkout.root + "/docs/operations.md").filter { $0.hasPrefix("#### ") }.map { $0.dropFirst(5).lowercased() })
    #expect(headings.isSuperset(of: links))
  }

  @Test func theBoardAsksTheDataSourceThatIsProvisioned() throws {
    let board = try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: Self.board))))
    #expect(board["uid"]?.text == "tributary")
    let source = try String(
      contentsOfFile: Checkout.root + "/deploy/grafana/provisioning/datasources/prometheus.yml", encoding: .utf8)
    #expect(source.contains("uid: prometheus"))
    let text = try String(contentsOfFile: Self.board, encoding: .utf8)
    let uids = Set(text.matches(of: /"type": "prometheus",\s*"uid": "(\w+)"/).map { String($0.1) })
    #expect(uids == ["prometheus"])
  }

  @Test func theManifestsAgreeWithTheConfiguration() async throws {
    #expect(try await Tool.run("python3", Checkout.root + "/scripts/check-deploy.py", Checkout.binary) == "")
  }
}
