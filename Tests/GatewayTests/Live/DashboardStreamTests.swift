import Identity
import Resilience
import Synchronization
import Testing
import TestSupport

@testable import Gateway

/// Who may listen to the dashboard's stream, to what, and for how long.
@Suite struct DashboardStreamTests {
  private static let path = "/api/dashboard/stream"

  private func listen(
    to gateway: SecuredGateway, as credential: String, _ target: String = path
  ) async throws -> EventReader {
    try await blocking {
      try EventReader(port: gateway.port, target, fields: ["authorization": "Bearer \(credential)"])
    }
  }

  @Test func itIsRefusedAsAnyOtherRouteIs() async throws {
    try await SecuredGateway.run { gateway in
      let nobody = try await gateway.get(Self.path)
      #expect(nobody.status == 401)
      #expect(try await gateway.get(Self.path, as: "expired").status == 401)
      #expect(try await gateway.get(Self.path, as: "unverifiable").status == 503)
      #expect(try await gateway.get(Self.path, as: "user-7").status == 403)
      #expect(try await gateway.get(Self.path + "?user_id=8", as: "user-7").status == 403)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func eachIsToldOfWhatIsItsOwn() async throws {
    try await SecuredGateway.run { gateway in
      for user in 7...9 {
        let reader = try await listen(to: gateway, as: "user-\(user)", Self.path + "?user_id=\(user)")
        let events = try await blocking { try reader.next(5) }
        #expect(events.last?.name == "document")
        let text = events.map(\.data).joined()
        #expect(text.contains(#""email":"Bearer user-\#(user)""#) && text.contains(#""accountName":"\#(user)""#))
        for other in 7...9 where other != user { #expect(!text.contains("user-\(other)")) }
      }
    }
  }

  @Test func thoseWhoAreGivenTheSameAreFetchedForOnce() async throws {
    try await SecuredGateway.run { gateway in
      let readers = try await blocking {
        try (0..<20).map { _ in
          try EventReader(port: gateway.port, Self.path, fields: ["authorization": "Bearer admin"])
        }
      }
      for reader in readers { #expect(try await blocking { try reader.next(5).last?.name } == "document") }
      #expect(gateway.asked.count == 4)
      // Two that anybody is given, and two of its own.
      let other = try await listen(to: gateway, as: "user-7", Self.path + "?user_id=7")
      #expect(try await blocking { try other.next(5).last?.name } == "document")
      #expect(gateway.asked.filter { $0.path == "/getDashboardInfo" }.count == 1)
    }
  }

  @Test func itEndsWithTheProofOfWhoListens() async throws {
    var setup = SecuredGateway.Setup()
    setup.authenticator = ScriptedAuthenticator { credential in
      ScriptedAuthenticator.usual(credential).map { principal in
        var principal = principal
        principal.expires = Timestamp(milliseconds: Timestamp.now().milliseconds + 1000)
        return principal
      }
    }
    try await SecuredGateway.run(setup) { gateway in
      let reader = try await listen(to: gateway, as: "admin")
      let events = try await blocking { try reader.next(7) }
      #expect(events.count == 6 && events.last?.name == "end")
      #expect(events.last?.data == #"{"reason":"expired"}"#)
    }
  }

  @Test func itEndsWhenItsCredentialIsTakenBack() async throws {
    let isTakenBack = Mutex(false)
    var setup = SecuredGateway.Setup()
    setup.authenticator = ScriptedAuthenticator { credential in
      isTakenBack.withLock(\.self) ? .failure(.invalid(reason: "unknown")) : ScriptedAuthenticator.usual(credential)
    }
    try await SecuredGateway.run(setup) { gateway in
      let reader = try await listen(to: gateway, as: "admin")
      #expect(try await blocking { try reader.next(5).count } == 5)
      isTakenBack.withLock { $0 = true }
      #expect(try await blocking { try reader.next()?.data } == #"{"reason":"expired"}"#)
    }
  }

  @Test func itEndsWithTheConfigurationThatLetItsClientIn() async throws {
    try await SecuredGateway.run { gateway in
      let reader = try await listen(to: gateway, as: "admin")
      #expect(try await blocking { try reader.next(5).count } == 5)
      try await gateway.replace(authenticator: ScriptedAuthenticator { _ in .failure(.expired) })
      #expect(try await blocking { try reader.next()?.data } == #"{"reason":"reloaded"}"#)
      #expect(try await blocking { try reader.next() } == nil)
      #expect(try await gateway.get(Self.path, as: "admin").status == 401)
    }
  }
}
