import Aggregation
import Clients
import Foundation
import Settings
import Testing

@testable import Simulation

@Suite struct MatrixTests {
  private let all: Set<String> = ["users", "accounts", "metrics", "dashboard"]

  @Test func itHasARowForEveryCombination() async throws {
    let matrix = try await Matrix(of: .reading())
    #expect(matrix.rows.count == 2 * 16 * 3)
    #expect(Set(matrix.rows.map(\.place)).count == matrix.rows.count)
  }

  @Test func itSaysWhatTheContractDoes() async throws {
    let matrix = try await Matrix(of: .reading())
    for document in SimulatedDocument.allCases {
      #expect(matrix.row(document, all, .cold)?.isCacheable == true)
      #expect(matrix.row(document, [], .cold)?.status == 503)
      #expect(matrix.row(document, [], .warm)?.status == 200)
      #expect(matrix.row(document, [], .warm)?.isCacheable == true)
      #expect(matrix.row(document, [], .stale)?.status == 200)
      #expect(matrix.row(document, [], .stale)?.isCacheable == false)
    }
    let lame = try #require(matrix.row(.summary, ["users", "accounts", "dashboard"], .cold))
    #expect(lame.status == 200)
    #expect(lame.sections.byName["metrics"] == "missing")
    #expect(lame.sections.byName["users"] == "fresh")
    #expect(lame.derived.byName == ["summary": "degraded", "rankings": "degraded", "trends": "unavailable"])
    #expect(!lame.isCacheable)
    let stale = try #require(matrix.row(.summary, ["users", "accounts", "dashboard"], .stale))
    #expect(
      stale.sections.byName == ["users": "fresh", "scraped_accounts": "fresh", "metrics": "stale", "dashboard_data": "fresh"])
    #expect(stale.derived.byName["trends"] == "degraded")
  }

  @Test func aCompleteAnswerAloneIsCacheable() async throws {
    for row in try await Matrix(of: .reading(), caches: SimulatedCache.allCases).rows {
      let isComplete = row.sections.allSatisfy { $0.word == "fresh" || $0.word == "cached" }
      #expect(row.isCacheable == isComplete, "\(row.place)")
    }
  }

  @Test func requiredSectionsRefuse() async throws {
    let matrix = try await Matrix(of: .reading(["documents.summary.required": "metrics"]))
    #expect(matrix.row(.summary, ["users", "accounts", "dashboard"], .cold)?.status == 503)
    #expect(matrix.row(.summary, ["users", "accounts", "dashboard"], .warm)?.status == 200)
    #expect(matrix.row(.consolidated, ["users", "accounts", "dashboard"], .cold)?.status == 200)
    #expect(matrix.row(.summary, ["metrics"], .cold)?.status == 200)
  }

  @Test func aCacheThatIsOffIsColdAlways() async throws {
    let matrix = try await Matrix(of: .reading(["cache.enabled": "false"]))
    #expect(matrix.row(.summary, [], .warm)?.status == 503)
    #expect(matrix.row(.summary, all, .cold)?.isCacheable == false)
    let one = try await Matrix(of: .reading(["sections.users.cache.enabled": "false"]))
    #expect(one.row(.summary, [], .warm)?.sections.byName["users"] == "missing")
    #expect(one.row(.summary, [], .warm)?.sections.byName["metrics"] == "cached")
  }

  @Test func sevenUpstreamsAreTooMany() async throws {
    var settings = SimulatedSettings.reading()
    for number in 5...7 {
      var upstream = settings.upstreams[0]
      upstream.name = "extra\(number)"
      settings.upstreams.append(upstream)
      var section = settings.sections[3]
      (section.name, section.upstream) = (upstream.name, upstream.name)
      settings.sections.append(section)
    }
    await #expect(throws: Matrix.TooLarge.self) { try await Matrix(of: settings) }
    settings.upstreams.removeLast()
    settings.sections.removeLast()
    #expect(try await Matrix(of: settings, caches: [.cold]).rows.count == 64 + 16)
  }
}

@Suite struct MatrixContractTests {
  private func contract(_ text: String, _ test: (String) async throws -> Void) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("contract-\(UUID().uuidString).yaml")
    try Data(text.utf8).write(to: file)
    defer { do { try FileManager.default.removeItem(at: file) } catch { Issue.record(error) } }
    try await test(file.path)
  }

  @Test func whatIsPrintedHolds() async throws {
    let matrix = try await Matrix(of: .reading(), caches: SimulatedCache.allCases)
    try await contract(matrix.yaml) { path in
      let contract = try MatrixContract(path: path, for: .reading())
      #expect(contract.count == matrix.rows.count)
      #expect(contract.breaches(by: matrix) == [])
    }
  }

  @Test func everyDifferenceIsNamedWithWhatIsExpectedAndFound() async throws {
    let matrix = try await Matrix(of: .reading())
    let text = """
      - {document: summary, available: [users, accounts, dashboard], cache: cold, status: 503, cacheable: true}
      - {document: summary, available: all, cache: warm, sections: {users: fresh}, derived: {trends: degraded}}
      - {document: consolidated, available: none, cache: cold, status: 503}
      - {document: consolidated, available: none, cache: cold, sections: {users: missing}, derived: {trends: complete}}
      """
    try await contract(text) { path in
      let found = try MatrixContract(path: path, for: .reading()).breaches(by: matrix)
      let row = "summary with users, accounts, dashboard, cache cold"
      let other = "summary with users, accounts, metrics, dashboard, cache warm"
      #expect(
        found == [
          "\(path):1: \(row): status: expected 503, found 200", "\(path):1: \(row): cacheable: expected true, found false",
          "\(path):2: \(other): sections.users: expected fresh, found cached",
          "\(path):2: \(other): derived.trends: expected degraded, found complete",
          "\(path):4: consolidated with no upstream, cache cold: derived.trends: expected complete, found none",
        ])
    }
  }

  @Test(arguments: [
    "", "{}", "text", "- text", "- {document: other, available: all, cache: cold, status: 200}",
    "- {document: summary, available: some, cache: cold, status: 200}",
    "- {document: summary, available: all, cache: hot, status: 200}",
    "- {document: summary, available: all, cache: cold}", "- {document: summary, cache: cold, status: 200}",
    "- {document: summary, available: all, cache: cold, status: good}",
    "- {document: summary, available: all, cache: cold, statuss: 200}",
    "- {document: summary, available: all, cache: cold, cacheable: maybe}",
    "- {document: summary, available: all, cache: cold, sections: [users]}",
    "- {document: summary, available: all, cache: cold, status: 200, status: 200}", "- [", "- &a {document: *a}",
  ])
  func aFileThatIsNoContractIsAProblem(text: String) async throws {
    try await contract(text) { path in
      #expect(throws: Problem.self) { _ = try MatrixContract(path: path, for: .reading()) }
    }
  }

  @Test(arguments: [
    ("available: [user]", "available: found \"user\", allowed: users, accounts, metrics, dashboard"),
    ("available: all, sections: {user: fresh}", "sections: found \"user\", allowed: users, scraped_accounts, metrics"),
    ("available: all, sections: {users: frsh}", "sections.users: found \"frsh\", allowed: fresh, cached, stale, missing"),
    ("available: all, derived: {trend: complete}", "derived: found \"trend\", allowed: summary, rankings, trends"),
    ("available: all, derived: {trends: good}", "derived.trends: found \"good\", allowed: complete, degraded, unavailable"),
  ])
  func aMisspeltWordIsAProblemOfTheFileWithItsLine(words: String, expected: String) async throws {
    let good = "- {document: summary, available: all, cache: cold, status: 200}\n"
    try await contract(good + "- {document: summary, cache: cold, status: 200, \(words)}\n") { path in
      do throws(Problem) {
        _ = try MatrixContract(path: path, for: .reading())
        Issue.record("\(words) is taken")
      } catch let problem { #expect(problem.description.hasPrefix("\(path):2: \(expected)"), "\(problem.description)") }
    }
  }

  @Test func theTableIsAligned() async throws {
    let table = try await Matrix(of: .reading()).table
    let lines = table.split(separator: "\n").filter { $0.hasPrefix("  ") }
    #expect(lines.count == 2 * (1 + 48))
    let head = try #require(lines.first)
    let place = try #require(head.firstRange(of: "Cache-Control")).lowerBound
    let column = head.distance(from: head.startIndex, to: place)
    for line in lines[..<49].dropFirst() {
      let at = line.index(line.startIndex, offsetBy: column)
      #expect(line[line.index(before: at)] == " " && line[at] != " ")
    }
  }
}
