import Foundation
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import Gateway

@Suite struct DescriptionTests {
  @Test func everyRouteIsDescribedAndNothingElseIs() async throws {
    try await SecuredGateway.run { gateway in
      let api = try DescribedAPI(try await gateway.get("/openapi.json").body)
      let routes = gateway.routes.routes.filter { $0.operation != nil }
      let expected = routes.flatMap { route in
        route.methods.filter { $0 != .head && $0 != .options }.map { "\($0.rawValue) \(route.path)" }
      }
      #expect(api.operations == Set(expected))
      let pages = gateway.routes.routes.filter { $0.operation == nil }.map(\.path)
      #expect(pages == WebPage.documentation.map(\.path))
      // As those see it who ask.
      for operation in api.operations {
        let parts = operation.split(separator: " ").map(String.init)
        let allowed = try await gateway.get(parts[1], method: "OPTIONS")
        #expect(allowed.status == 204 && allowed.fields["allow"]?.contains(parts[0]) == true, "\(operation)")
      }
    }
  }

  @Test func everyOperationHasANameOfItsOwn() async throws {
    try await SecuredGateway.run { gateway in
      let names = gateway.routes.routes.compactMap(\.operation?.id)
      #expect(Set(names).count == names.count)
    }
  }

  @Test func whatItRefersToIsThereAndNoSchemaIsIdle() async throws {
    try await SecuredGateway.run { gateway in
      let api = try DescribedAPI(try await gateway.get("/openapi.json").body)
      for reference in api.references {
        let parts = reference.split(separator: "/").map(String.init)
        #expect(parts.count == 4 && parts[0] == "#" && parts[1] == "components")
        #expect(api.components(parts[2])[parts[3]] != nil, "\(reference)")
      }
      for name in api.components("schemas").keys { #expect(api.references.contains("#/components/schemas/\(name)"), "\(name)") }
      #expect(api.components("schemas")["PurgeReport"] == nil)
    }
  }

  @Test func everyAnswerHasAnExampleAndEveryExampleIsThere() {
    let operations: [DescribedOperation] = [
      .getGreeting, .getLiveness, .getReadiness, .getConsolidated, .getSummary, .getServicesHealth, .purgeCache,
    ]
    for operation in operations {
      for content in operation.answers.compactMap(\.content) {
        let asset = content.example.flatMap { WebAsset("examples/\($0).json") }
        #expect((asset?.bytes.readableBytes ?? 0) > 10, "\(operation.id)")
      }
    }
  }

  @Test func schemesAreNamedOnlyWhereTheyAreAskedFor() throws {
    let routes = ProcessRoutes(version: "1").routes(drain: EdgeDrain())
    let open = try DescribedAPI(routes)
    #expect(open.root["security"] == nil && open.components("securitySchemes").isEmpty)
    let keys = try DescribedAPI(routes, security: APISecurity(schemes: [.apiKey], openPaths: ["/livez"]))
    #expect(Set(keys.components("securitySchemes").keys) == ["apiKey"])
    #expect((keys.root["security"] as? [[String: [String]]]) == [["apiKey": []]])
    #expect(try (keys.operation("/livez")["security"] as? [Any])?.isEmpty == true)
    #expect(try keys.operation("/readyz")["security"] == nil)
    let either = try DescribedAPI(routes, security: APISecurity(schemes: [.bearer, .apiKey], isOptional: true))
    #expect((either.root["security"] as? [[String: [String]]]) == [[:], ["bearer": []], ["apiKey": []]])
  }

  @Test func itSaysHowThisGatewayIsToBeAsked() async throws {
    var setup = SecuredGateway.Setup()
    setup.schemes = [.bearer]
    try await SecuredGateway.run(setup) { gateway in
      let api = try DescribedAPI(try await gateway.get("/openapi.json").body)
      #expect(Set(api.components("securitySchemes").keys) == ["bearer"])
      #expect(try (api.operation("/")["security"] as? [Any])?.isEmpty == true)
      #expect(try api.operation("/api/dashboard/summary")["security"] == nil)
    }
    setup.authenticator = nil
    try await SecuredGateway.run(setup) { gateway in
      let api = try DescribedAPI(try await gateway.get("/openapi.json").body)
      #expect(api.root["security"] == nil)
    }
  }

  @Test func theAdminListenerDescribesItself() async throws {
    try await AdminUnderTest.run(nil) { admin in
      let api = try DescribedAPI(try await admin.get("/openapi.json").body)
      #expect(
        api.operations == ["GET /livez", "GET /readyz", "GET /openapi.json", "GET /admin/requests", "POST /admin/cache/purge"])
      #expect(api.components("schemas")["PurgeReport"] != nil && api.components("schemas")["Summary"] == nil)
    }
  }
}
