import Clients
import NIOCore

/// A way in which an upstream fails, by its word.
///
/// | word | what the gateway meets |
/// |---|---|
/// | `timeout`, `connect-timeout` | no answer, no connection in time |
/// | `refused`, `unreachable`, `unresolvable`, `tls` | no connection |
/// | `reset`, `truncated`, `malformed` | a connection that ends early, or says what is not HTTP |
/// | `too-large` | more than the limit of the upstream |
/// | `invalid`, `wrong-shape`, `empty` | 200 with what is not JSON, with other JSON than expected, with nothing |
/// | `unauthorized`, `overloaded`, `unavailable` | 401, 429, 503 |
/// | 300 … 599 | that status |
package enum SimulatedFailure: Sendable, Hashable {
  case word(Word)
  case status(Int)

  package enum Word: String, Sendable, CaseIterable {
    case timeout
    case connectTimeout = "connect-timeout"
    case refused, unreachable, unresolvable, tls, reset, truncated, malformed
    case tooLarge = "too-large"
    case invalid
    case wrongShape = "wrong-shape"
    case empty, unauthorized, overloaded, unavailable
  }

  /// What the matrix takes for an upstream that is not available.
  package static let refused = SimulatedFailure.word(.refused)

  /// For those who wrote another one.
  package static let allowed = (Word.allCases.map(\.rawValue) + ["a status from 300 to 599"]).joined(separator: ", ")

  /// Nil for a text that is none.
  package init?(_ text: String) {
    if let word = Word(rawValue: text) {
      self = .word(word)
    } else if text.utf8.count == 3, let status = Int(text), (300..<600).contains(status) {
      self = .status(status)
    } else {
      return nil
    }
  }

  var answer: StandIn.Answer {
    switch self {
    case .status(let status): .response(status: status, body: ByteBuffer())
    case .word(let word): word.answer
    }
  }
}

extension SimulatedFailure.Word {
  fileprivate var answer: StandIn.Answer {
    switch self {
    case .timeout: .failure(.timeout)
    case .connectTimeout: .failure(.connectTimeout)
    case .refused: .failure(.connectRefused)
    case .unreachable: .failure(.connectFailed)
    case .unresolvable: .unknownHost
    case .tls: .failure(.tlsFailed)
    case .reset: .failure(.reset(responseStarted: false))
    case .truncated: .failure(.truncated)
    case .malformed: .failure(.malformedResponse)
    case .tooLarge: .failure(.bodyTooLarge)
    case .invalid: .response(status: 200, body: ByteBuffer(string: "<not json>"))
    case .wrongShape: .response(status: 200, body: ByteBuffer(string: "\"neither a list nor an object\""))
    case .empty: .response(status: 200, body: ByteBuffer())
    case .unauthorized: .response(status: 401, body: ByteBuffer())
    case .overloaded: .response(status: 429, body: ByteBuffer())
    case .unavailable: .response(status: 503, body: ByteBuffer())
    }
  }
}
