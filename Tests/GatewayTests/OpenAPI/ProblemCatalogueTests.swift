import Foundation
import HTTPTypes
import Testing

@testable import Gateway

@Suite struct ProblemCatalogueTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/Gateway")

  /// The text of all files but the catalogue.
  private static func texts() throws -> [String] {
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    return try files.compactMap { $0 as? URL }
      .filter { $0.pathExtension == "swift" && $0.lastPathComponent != "ProblemCatalogue.swift" }
      .map { try String(contentsOf: $0, encoding: .utf8) }
  }

  @Test func everyProblemThatHasANameIsInIt() throws {
    let catalogue = try String(
      contentsOf: Self.sources.appendingPathComponent("OpenAPI/ProblemCatalogue.swift"), encoding: .utf8)
    var names: Set<String> = []
    for text in try Self.texts() {
      for match in text.matches(of: /static let (\w+)(?:: Problem)? = (?:Problem\(|badRequest\()/) {
        names.insert(String(match.1))
      }
      for match in text.matches(of: /static func (\w+)\([^{]*\) -> Problem \{/) { names.insert(String(match.1)) }
    }
    #expect(names.count > 20 && names.contains("overloaded") && names.contains("tooManyRequests"))
    // It depends on a decision of the limiter: the catalogue has it written out.
    names.remove("tooManyRequests")
    for name in names { #expect(catalogue.contains(".\(name)"), "\(name) is not in Problem.catalogue") }
  }

  @Test func everyStatusOfAProblemIsInIt() throws {
    var statuses: Set<String> = []
    for text in try Self.texts() {
      for match in text.matches(of: /Problem\(\s*status: \.(\w+)/) { statuses.insert(String(match.1)) }
    }
    let known: [String: HTTPResponse.Status] = [
      "badRequest": .badRequest, "unauthorized": .unauthorized, "forbidden": .forbidden, "notFound": .notFound,
      "methodNotAllowed": .methodNotAllowed, "requestTimeout": .requestTimeout, "conflict": .conflict, "gone": .gone,
      "contentTooLarge": .contentTooLarge, "uriTooLong": .uriTooLong, "unsupportedMediaType": .unsupportedMediaType,
      "expectationFailed": .expectationFailed, "tooManyRequests": .tooManyRequests,
      "requestHeaderFieldsTooLarge": .requestHeaderFieldsTooLarge, "internalServerError": .internalServerError,
      "notImplemented": .notImplemented, "serviceUnavailable": .serviceUnavailable,
      "httpVersionNotSupported": .httpVersionNotSupported,
    ]
    for name in statuses {
      let status = try #require(known[name], "\(name) is new: name it here and in Problem.catalogue")
      #expect(Problem.knownStatuses.contains(status), "\(name) is not in Problem.catalogue")
    }
  }

  @Test func everyProblemStandsInTheDescriptionWithItsSentence() throws {
    let responses = try DescribedAPI([RouteTable.Route]()).components("responses")
    for problem in Problem.catalogue {
      let response = try #require(responses[problem.status.componentName] as? [String: Any], "\(problem.status)")
      #expect((response["description"] as? String)?.contains(problem.detail) == true)
    }
    #expect(responses.count == Problem.knownStatuses.count)
  }

  @Test func whatAnOperationAnswersIsInTheCatalogue() {
    let statuses = Set(Problem.knownStatuses)
    #expect(statuses.isSuperset(of: APIDescription.always))
    let operations: [DescribedOperation] = [.getConsolidated, .getSummary, .getServicesHealth, .purgeCache, .getDescription]
    for operation in operations { #expect(statuses.isSuperset(of: operation.problems), "\(operation.id)") }
  }
}
