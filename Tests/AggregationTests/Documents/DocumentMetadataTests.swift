import Clients
import RawJSON
import Testing

@testable import Aggregation

@Suite struct DocumentMetadataTests {
  private func metadata(_ outcomes: [SectionOutcome]) throws -> JSONTree {
    try #require(try JSONTree(consolidated(outcomes))["metadata"])
  }

  @Test func itsMembersStandInThisOrder() throws {
    let totals = ["total_users", "total_accounts", "total_posts_analyzed"]
    let common = ["timestamp", "services_status", "complete", "sections"]
    #expect(try metadata(page()).keys == totals + common)
    #expect(try JSONTree(summary(page()))["metadata"]?.keys == common + ["derived"])
  }

  @Test func theTimestampIsThatOfTheNewestSection() throws {
    var outcomes = try page()
    outcomes[1] = try fresh("scraped_accounts", smallBodies[1], at: 1_000_000)
    #expect(try metadata(outcomes)["timestamp"] == .string("1970-01-12T13:46:40.000Z"))
    #expect(try JSONTree(summary(outcomes))["timestamp"] == .string("1970-01-12T13:46:40.000Z"))
    outcomes[1] = missing("scraped_accounts")
    #expect(try metadata(outcomes)["timestamp"] == .string(moment(4)))
  }

  /// The words of contract §2, reason by reason.
  @Test(arguments: [
    (CallFailure.Reason.timeout, "timeout"), (.connectTimeout, "timeout"), (.unauthorized, "unauthorized"),
    (.connectionRefused, "unavailable"), (.connectionReset, "unavailable"), (.serverError, "unavailable"),
    (.unreachable, "unavailable"),
    (.unresolvableHost, "unavailable"), (.tlsFailed, "unavailable"), (.incompleteResponse, "unavailable"),
    (.tryAgain, "unavailable"),
    (.cancelled, "unavailable"), (.notJSON, "invalid_response"), (.wrongShape, "invalid_response"),
    (.malformedResponse, "invalid_response"), (.headersTooLarge, "invalid_response"), (.bodyTooLarge, "invalid_response"),
    (.badEncoding, "invalid_response"), (.requestRejected, "invalid_response"), (.redirected, "invalid_response"),
    (.tooManyRequests, "overloaded"), (.circuitOpen, "unavailable"), (.askedToWait, "unavailable"),
    (.concurrencyLimit, "overloaded"), (.queueTimeout, "overloaded"),
  ])
  func everyReasonHasItsWord(_ reason: CallFailure.Reason, _ word: String) throws {
    let metadata = try metadata(page(failures: ["metrics": reason]))
    #expect(metadata["services_status"]?["microservice3"] == .string(word))
    #expect(
      metadata["sections"]?["metrics"] == (try JSONTree(#"{"state":"missing","fetched_at":null,"reason":"\#(reason.rawValue)"}"#))
    )
  }

  @Test func noReasonIsForgottenAbove() {
    #expect(CallFailure.Reason.allCases.count == 25)
  }

  @Test func theOtherServicesAreWell() throws {
    let status = try #require(try metadata(page(failures: ["metrics": .timeout]))["services_status"])
    #expect(status.keys == ["microservice1", "microservice2", "microservice3", "microservice4"])
    #expect(["microservice1", "microservice2", "microservice4"].allSatisfy { status[$0] == .string("ok") })
  }

  @Test func anAnswerWithNothingInItIsNoData() throws {
    let words = try metadata(page(["[]", " [ ]\n", metricsBody([]), "[]"]))["services_status"]
    #expect(
      words
        == (try JSONTree(
          ##"{"microservice1":"no_data","microservice2":"no_data","microservice3":"no_data","microservice4":"no_data"}"##)))
    #expect(try metadata(sectionNames.map { empty($0) })["services_status"] == words)
  }

  @Test func onlyWhatIsMissingHasAReason() throws {
    let sections = try #require(try metadata(page(failures: ["users": .timeout]))["sections"])
    #expect(sections["users"]?.keys == ["state", "fetched_at", "reason"])
    for name in sectionNames.dropFirst() { #expect(sections[name]?.keys == ["state", "fetched_at"]) }
    #expect(sections.keys == sectionNames)
  }

  @Test func everySectionSaysWhenItWasFetched() throws {
    let sections = try #require(try metadata(page())["sections"])
    for (position, name) in sectionNames.enumerated() {
      #expect(sections[name]?["fetched_at"] == .string(moment(Int64(position + 1))))
    }
  }

  @Test func itIsCompleteOnlyIfNothingIsMissing() throws {
    #expect(try metadata(page())["complete"] == .bool(true))
    for name in sectionNames {
      #expect(try metadata(page(failures: [name: .serverError]))["complete"] == .bool(false))
    }
  }

  @Test func whereSectionsShareAServiceTheFirstThatIsNotWellSpeaksForIt() throws {
    let second = SectionDefinition(
      name: "questions", upstream: "accounts", everything: SectionRequest(RequestTemplate(.get, "/q"), shape: .list))
    let sharing = try page() + [outcome(second, .missing(CallFailure(.serverError)))]
    let status = try #require(try metadata(sharing)["services_status"])
    #expect(status.keys.filter { $0 == "microservice2" }.count == 1 && status["microservice2"] == .string("unavailable"))
  }
}

@Suite struct DocumentRefusalTests {
  private func outcomes(_ reasons: [CallFailure.Reason?]) throws -> [SectionOutcome] {
    let whole = try page()
    return zip(whole, reasons).map { outcome, reason in reason.map { missing(outcome.place.section, $0) } ?? outcome }
  }

  private func refusal(
    _ reasons: [CallFailure.Reason?], required: Set<String> = [], isStrict: Bool = false
  ) throws -> DocumentRefusal? {
    DocumentRefusal(try outcomes(reasons), required: required, isStrict: isStrict)
  }

  @Test func aDocumentWithAnythingInItIsGiven() throws {
    #expect(try refusal([nil, nil, nil, nil]) == nil)
    #expect(try refusal([.timeout, .serverError, .notJSON, nil]) == nil)
    #expect(try refusal([nil, nil, nil, nil], required: ["users", "metrics"], isStrict: true) == nil)
  }

  @Test func aDocumentWithNothingInItIsNot() throws {
    #expect(try refusal([.timeout, .serverError, .notJSON, .cancelled])?.reason == .nothingThere)
  }

  @Test func aDocumentWithoutWhatItMustHaveIsNot() throws {
    #expect(try refusal([nil, nil, .timeout, nil], required: ["metrics"])?.reason == .requiredMissing)
    #expect(try refusal([.timeout, nil, nil, .timeout], required: ["metrics", "scraped_accounts"]) == nil)
  }

  @Test func whoIsStrictWantsAllOrNothing() throws {
    #expect(try refusal([nil, nil, .timeout, nil], isStrict: true)?.reason == .incomplete)
    #expect(try refusal([nil, nil, .timeout, nil], required: ["users"], isStrict: true)?.reason == .incomplete)
  }

  @Test(
    arguments: [
      ([.timeout, .timeout, .timeout, .timeout], true), ([.timeout, .connectTimeout, .timeout, .timeout], true),
      ([.timeout, .timeout, .serverError, .timeout], false),
      ([.unauthorized, .unauthorized, .unauthorized, .unauthorized], false),
      ([nil, .timeout, nil, nil], true), ([nil, .timeout, .serverError, nil], false),
    ] as [([CallFailure.Reason?], Bool)])
  func itIsATimeoutWhereAllThatIsMissingTimedOut(_ reasons: [CallFailure.Reason?], _ isTimeout: Bool) throws {
    #expect(try refusal(reasons, isStrict: true)?.isTimeout == isTimeout)
  }

  @Test func itSaysTheSameAsAPartialDocumentWould() throws {
    let reasons: [CallFailure.Reason?] = [.timeout, .unauthorized, .wrongShape, .tooManyRequests]
    let refusal = try #require(try refusal(reasons))
    var writer = JSONWriter()
    writer.object { refusal.write(to: &$0) }
    let tree = try JSONTree(writer.bytes)
    #expect(tree.keys == ["services_status", "sections"])
    let metadata = try JSONTree(consolidated(outcomes(reasons)))["metadata"]
    #expect(tree["services_status"] == metadata?["services_status"] && tree["sections"] == metadata?["sections"])
    #expect(tree["services_status"]?["microservice2"] == .string("unauthorized"))
  }
}
