import NIOHTTP1
import Resilience

extension CallFailure {
  /// A complete answer whose status is not 2xx.
  init(status: Int, headers: HTTPHeaders) {
    let retryAfter = headers.first(name: "retry-after").flatMap { RetryAfter.wait(asked: $0, at: .now()) }
    switch status {
    case 300..<400: self.init(.redirected, receivedStatus: status)
    case 401, 403: self.init(.unauthorized, receivedStatus: status)
    case 408, 425: self.init(.tryAgain, receivedStatus: status, retryAfter: retryAfter)
    case 429: self.init(.tooManyRequests, receivedStatus: status, retryAfter: retryAfter)
    case 400..<500: self.init(.requestRejected, receivedStatus: status)
    case 500..<600: self.init(.serverError, receivedStatus: status, retryAfter: retryAfter)
    default: self.init(.malformedResponse, receivedStatus: status)
    }
  }

  /// An exchange that did not come to a complete answer.
  init(_ error: TransportError) {
    let reason: Reason =
      switch error.code {
      case .connectRefused: .connectionRefused
      case .connectTimeout: .connectTimeout
      case .connectFailed: error.cause is UnknownHost ? .unresolvableHost : .unreachable
      case .tlsFailed: .tlsFailed
      case .timeout: .timeout
      case .reset: .connectionReset
      case .truncated: .incompleteResponse
      case .malformedResponse: .malformedResponse
      case .headersTooLarge: .headersTooLarge
      case .bodyTooLarge: .bodyTooLarge
      case .badEncoding: .badEncoding
      case .invalidRequest: .requestRejected
      case .cancelled, .shutDown: .cancelled
      }
    self.init(reason)
  }
}
