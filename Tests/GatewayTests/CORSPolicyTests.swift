import HTTPTypes
import Testing

@testable import Gateway

@Suite struct CORSPolicyTests {
  @Test func anyOriginMayReadWithoutCredentials() {
    let fields = CORSPolicy(allowedOrigins: ["*"]).fields(for: "https://a.example")
    #expect(fields[.accessControlAllowOrigin] == "*")
    #expect(fields[.accessControlAllowCredentials] == nil)
  }

  @Test func anOriginOnTheListIsNamedAndTheAnswerVariesWithIt() {
    let policy = CORSPolicy(allowedOrigins: ["https://a.example", "https://b.example"])
    #expect(policy.fields(for: "https://b.example")[.accessControlAllowOrigin] == "https://b.example")
    #expect(policy.fields(for: "https://b.example")[.vary] == "Origin")
  }

  @Test(arguments: ["https://a.example.evil", "http://a.example", "https://A.example", "null", ""])
  func anotherOriginMayNotRead(origin: String) {
    let fields = CORSPolicy(allowedOrigins: ["https://a.example"]).fields(for: origin)
    #expect(fields[.accessControlAllowOrigin] == nil)
    #expect(fields[.vary] == "Origin")
  }

  @Test func aPreflightTellsAStrangerNothing() {
    let policy = CORSPolicy(allowedOrigins: ["https://a.example"])
    #expect(policy.preflightFields(for: "https://b.example") == [.vary: "Origin"])
    #expect(policy.preflightFields(for: "https://a.example")[.accessControlAllowMethods] == "GET, HEAD, OPTIONS")
  }

  /// A page that is traced could not ask at all otherwise.
  @Test func aPageMaySendItsTrace() throws {
    let fields = CORSPolicy(allowedOrigins: ["*"]).preflightFields(for: "https://a.example")
    let allowed = try #require(fields[.accessControlAllowHeaders]).lowercased().split(separator: ", ")
    #expect(allowed.contains("traceparent") && allowed.contains("tracestate"))
  }

  @Test func credentialsAreForOriginsOnTheListWhereThatIsSet() {
    let policy = CORSPolicy(allowedOrigins: ["https://a.example"], allowsCredentials: true)
    #expect(policy.fields(for: "https://a.example")[.accessControlAllowCredentials] == "true")
    #expect(policy.preflightFields(for: "https://a.example")[.accessControlAllowCredentials] == "true")
    #expect(policy.preflightFields(for: "https://b.example") == [.vary: "Origin"])
    #expect(
      CORSPolicy(allowedOrigins: ["https://a.example"]).fields(for: "https://a.example")[.accessControlAllowCredentials] == nil)
    // Whatever the configuration lets through.
    #expect(
      CORSPolicy(allowedOrigins: ["*"], allowsCredentials: true).fields(for: "https://a.example")[.accessControlAllowCredentials]
        == nil)
  }
}
