import NIOCore
import NIOPosix
import Testing

@testable import Clients

@Suite(.timeLimit(.minutes(1))) struct HostLookupTests {
  private let group = MultiThreadedEventLoopGroup.singleton

  /// The addresses as text, or the error.
  private func addresses(
    _ lookup: HostLookup, _ host: String, within time: TimeAmount = .seconds(10)
  ) async -> Result<[String], any Error> {
    do {
      return .success(try await lookup.addresses(of: host, on: group.next(), until: .now() + time).get().addresses.texts)
    } catch {
      return .failure(error)
    }
  }

  @Test func oneQuestionServesAllWhoAskOnAnyLoop() async throws {
    let resolver = FakeResolver(["name.test": .hangs])
    let lookup = resolver.lookup()
    let answers = (0..<20).map { _ in lookup.addresses(of: "name.test", on: group.next(), until: .now() + .seconds(10)) }
    resolver.letGo("name.test", .addresses(["192.0.2.1", "192.0.2.2"]))
    for answer in answers { #expect(try await answer.get().addresses.texts == ["192.0.2.1", "192.0.2.2"]) }
    #expect(resolver.questions("name.test") == 1)
  }

  @Test func aResolverThatHangsIsAskedOnceAndHurtsItsOwnNameOnly() async throws {
    let resolver = FakeResolver(["hangs.test": .hangs, "other.test": .addresses(["192.0.2.1"])])
    let lookup = resolver.lookup()
    for _ in 0..<20 {
      let answer = await addresses(lookup, "hangs.test", within: .milliseconds(2))
      #expect(answer.failure as? TransportError == .connectTimeout)
      #expect(try await addresses(lookup, "other.test").get() == ["192.0.2.1"])
    }
    #expect(resolver.questions("hangs.test") == 1)
    resolver.advance(.seconds(2))
    #expect(await addresses(lookup, "hangs.test", within: .hours(1)).failure as? TransportError == .connectTimeout)
    resolver.letGo("hangs.test", .addresses(["192.0.2.2"]))
    #expect(try await addresses(lookup, "hangs.test").get() == ["192.0.2.2"])
    #expect(resolver.questions("hangs.test") == 1)
  }

  @Test func anAnswerIsAskedAnewAfter30SecondsAndTheOldOneServesMeanwhile() async throws {
    let resolver = FakeResolver(["name.test": .addresses(["192.0.2.1"])])
    let lookup = resolver.lookup()
    #expect(try await addresses(lookup, "name.test").get() == ["192.0.2.1"])
    resolver.say(.hangs, of: "name.test")
    resolver.advance(.milliseconds(29_999))
    #expect(try await addresses(lookup, "name.test").get() == ["192.0.2.1"])
    #expect(resolver.questions("name.test") == 1)
    resolver.advance(.milliseconds(1))
    for _ in 0..<3 { #expect(try await addresses(lookup, "name.test").get() == ["192.0.2.1"]) }
    #expect(resolver.questions("name.test") == 2)
    resolver.letGo("name.test", .addresses(["192.0.2.2"]))
    #expect(try await addresses(lookup, "name.test").get() == ["192.0.2.2"])
  }

  @Test func anUnknownNameIsAskedOnceASecond() async throws {
    let resolver = FakeResolver([:])
    let lookup = resolver.lookup()
    for _ in 0..<5 { #expect(await addresses(lookup, "none.test").failure as? UnknownHost == UnknownHost(code: -2)) }
    #expect(resolver.questions("none.test") == 1)
    resolver.advance(.seconds(1))
    resolver.say(.addresses(["192.0.2.1"]), of: "none.test")
    #expect(try await addresses(lookup, "none.test").get() == ["192.0.2.1"])
    #expect(resolver.questions("none.test") == 2)
  }

  @Test func theSystemKnowsAnAddressAndRefusesWhatIsNoName() async throws {
    let lookup = HostLookup(question: SystemResolver.ask)
    #expect(try await addresses(lookup, "127.0.0.1").get() == ["127.0.0.1"])
    #expect(await addresses(lookup, "no..name").failure is UnknownHost)
  }
}

extension [SocketAddress] {
  fileprivate var texts: [String] { compactMap(\.ipAddress) }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
