import HTTPTypes
import NIOHTTP1

/// Problems of a request as such, found before any route is.
extension Problem {
  static let malformed = badRequest("This is not a request of HTTP/1.1.")
  static let requestLineTooLong = Problem(status: .uriTooLong, detail: "The request line is longer than is accepted.")
  static let headersTooLarge = Problem(
    status: .requestHeaderFieldsTooLarge, detail: "There are more, or longer, header fields than are accepted.")
  static let expectationFailed = Problem(
    status: .expectationFailed, detail: "The only expectation that can be met is 100-continue.")
  static let headTimedOut = Problem(status: .requestTimeout, detail: "The head of the request did not arrive in time.")
  static let bodyTimedOut = Problem(status: .requestTimeout, detail: "The body of the request did not arrive in time.")
  static let notImplemented = Problem(status: .notImplemented, detail: "This is no proxy: CONNECT is not answered.")
  static let versionNotSupported = Problem(status: .httpVersionNotSupported, detail: "HTTP/1.1 and HTTP/1.0 are answered.")
  static let tooManyConnections = Problem(
    status: .serviceUnavailable, detail: "There are too many connections at present. Try again shortly.",
    headers: [.retryAfter: "1"])

  static let overloaded = Problem(
    status: .serviceUnavailable, detail: "There is more to do at present than can be done. Try again shortly.",
    headers: [.retryAfter: "1"])
  static let draining = Problem(
    status: .serviceUnavailable, detail: "This process is about to end. Others are there.", headers: [.retryAfter: "1"])

  static func contentTooLarge(limit: Int) -> Problem {
    Problem(status: .contentTooLarge, detail: "A request body of at most \(limit) bytes is accepted.")
  }

  /// - Parameter isRequestLine: whether the parser was still in the request line.
  init(parser error: any Error, isRequestLine: Bool) {
    switch error as? HTTPParserError {
    case .invalidVersion: self = .versionNotSupported
    case .headerOverflow: self = isRequestLine ? .requestLineTooLong : .headersTooLarge
    default: self = .malformed
    }
  }
}
