import Resilience
import Testing

@testable import Clients

/// When a token is fetched, and who is given it.
@Suite struct SignInStateTests {
  private static let pause = Duration.seconds(10)
  private static func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  /// Has been signed in at second 0.
  private static func signedIn() throws -> (state: SignInState, token: ServiceToken) {
    var state = SignInState(pause: pause)
    #expect(state.wanted(at: at(0)) == .signIn)
    let token = try state.signedIn("one").get()
    return (state, token)
  }

  @Test func whoeverComesMeanwhileWaitsForTheSame() throws {
    var state = SignInState(pause: Self.pause)
    #expect(state.wanted(at: Self.at(0)) == .signIn)
    for second in 0..<30 { #expect(state.wanted(at: Self.at(Int64(second))) == .wait) }
    let token = try state.signedIn("one").get()
    #expect(token.field == "Bearer one")
    #expect(state.wanted(at: Self.at(31)) == .use(token))
  }

  @Test func aRefusedTokenIsReplacedOnceInAPause() throws {
    var (state, token) = try Self.signedIn()
    #expect(state.wanted(replacing: token, at: Self.at(9)) == .fail(CallFailure(.unauthorized)))
    #expect(state.wanted(at: Self.at(9)) == .use(token))
    #expect(state.wanted(replacing: token, at: Self.at(10)) == .signIn)
    #expect(state.wanted(replacing: token, at: Self.at(10)) == .wait)
    let next = try state.signedIn("two").get()
    // Who was refused with the old one goes on with the new one, and asks nobody.
    #expect(state.wanted(replacing: token, at: Self.at(11)) == .use(next))
    #expect(state.wanted(replacing: next, at: Self.at(11)) == .fail(CallFailure(.unauthorized)))
  }

  @Test func theSameTextTwiceIsAnotherToken() throws {
    var (state, token) = try Self.signedIn()
    #expect(state.wanted(replacing: token, at: Self.at(20)) == .signIn)
    let next = try state.signedIn("one").get()
    #expect(next != token && state.wanted(replacing: token, at: Self.at(21)) == .use(next))
  }

  @Test func whyThereIsNoneIsRememberedForAPause() {
    var state = SignInState(pause: Self.pause)
    #expect(state.wanted(at: Self.at(0)) == .signIn)
    #expect(throws: CallFailure(.connectionRefused)) { try state.failed(CallFailure(.connectionRefused)).get() }
    #expect(state.wanted(at: Self.at(9)) == .fail(CallFailure(.connectionRefused)))
    #expect(state.wanted(at: Self.at(10)) == .signIn)
  }

  @Test func aTokenOutlivesASignInThatFails() throws {
    var (state, token) = try Self.signedIn()
    #expect(state.wanted(replacing: token, at: Self.at(10)) == .signIn)
    _ = state.failed(CallFailure(.timeout))
    #expect(state.wanted(at: Self.at(11)) == .use(token))
  }

  @Test(arguments: ["", " ", "a b", "a\r\nx: y", "é", String(repeating: "a", count: 8193)])
  func whatIsNoTokenIsNotSent(text: String) {
    var state = SignInState(pause: Self.pause)
    #expect(state.wanted(at: Self.at(0)) == .signIn)
    #expect(throws: CallFailure(.wrongShape)) { try state.signedIn(text).get() }
    #expect(state.wanted(at: Self.at(1)) == .fail(CallFailure(.wrongShape)))
  }
}
