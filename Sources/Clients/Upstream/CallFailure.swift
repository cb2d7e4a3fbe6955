/// Why a call to an upstream gave no usable answer. Carries words and numbers of our own only: never text that an upstream sent.
package struct CallFailure: Error, Sendable, Equatable {
  /// The closed list of reasons; the raw value is the word in `metadata.sections.*.reason`.
  package enum Reason: String, Sendable, CaseIterable {
    case timeout
    case connectTimeout = "connect_timeout"
    case connectionRefused = "connection_refused"
    case unreachable
    case unresolvableHost = "unresolvable_host"
    case tlsFailed = "tls_failed"
    case connectionReset = "connection_reset"
    case incompleteResponse = "incomplete_response"
    case malformedResponse = "malformed_response"
    case headersTooLarge = "headers_too_large"
    case bodyTooLarge = "body_too_large"
    case badEncoding = "bad_encoding"
    case unauthorized
    /// A 4xx other than 401, 403, 408, 425 and 429: the upstream does not accept what we ask.
    case requestRejected = "request_rejected"
    /// A 3xx: redirects are not followed.
    case redirected
    case serverError = "server_error"
    /// 408 or 425: the upstream asks for the same again.
    case tryAgain = "try_again"
    case tooManyRequests = "too_many_requests"
    case notJSON = "not_json"
    case wrongShape = "wrong_shape"
    /// Not asked: the circuit breaker is open.
    case circuitOpen = "circuit_open"
    /// Not asked: the upstream has told another call when to come back (`Retry-After`).
    case askedToWait = "retry_after"
    /// Not asked: as many tries as the limit allows are under way, and the queue is full.
    case concurrencyLimit = "concurrency_limit"
    /// Not asked: no place came free before the deadline.
    case queueTimeout = "queue_timeout"
    /// Nobody waits any more, or the process stops.
    case cancelled
  }

  package let reason: Reason
  /// The status that the upstream answered with, if it did.
  package let receivedStatus: Int?
  /// What the upstream asked us to wait (`Retry-After`, RFC 9110 §10.2.3), if it said so.
  package let retryAfter: Duration?

  package init(_ reason: Reason, receivedStatus: Int? = nil, retryAfter: Duration? = nil) {
    self.reason = reason
    self.receivedStatus = receivedStatus
    self.retryAfter = retryAfter
  }

  package var status: ServiceStatus {
    switch reason {
    case .timeout, .connectTimeout: .timeout
    case .unauthorized: .unauthorized
    case .connectionRefused, .unreachable, .unresolvableHost, .tlsFailed, .connectionReset, .incompleteResponse,
      .serverError, .tryAgain, .circuitOpen, .cancelled:
      .unavailable
    case .malformedResponse, .headersTooLarge, .bodyTooLarge, .badEncoding, .requestRejected, .redirected, .notJSON, .wrongShape:
      .invalidResponse
    case .tooManyRequests, .concurrencyLimit, .queueTimeout: .overloaded
    case .askedToWait: receivedStatus == 429 ? .overloaded : .unavailable
    }
  }

  /// Whether the same request may end differently when it is sent again. Connection failures, a broken answer's connection,
  /// 408, 425, 429, 502, 503, 504; never another status, never an answer that was read whole and was wrong.
  package var mayHelpToRetry: Bool {
    switch reason {
    case .connectTimeout, .connectionRefused, .unreachable, .unresolvableHost, .connectionReset, .incompleteResponse, .tryAgain:
      true
    case .serverError: receivedStatus.map { [502, 503, 504].contains($0) } ?? false
    // Without `Retry-After` a 429 says only "less", and a retry is more.
    case .tooManyRequests: retryAfter != nil
    case .timeout, .tlsFailed, .malformedResponse, .headersTooLarge, .bodyTooLarge, .badEncoding, .unauthorized,
      .requestRejected, .redirected, .notJSON, .wrongShape, .circuitOpen, .askedToWait, .concurrencyLimit, .queueTimeout,
      .cancelled:
      false
    }
  }

  /// Whether a circuit breaker counts it: connect errors, timeouts, 5xx, answers that make no sense. Never a 4xx, never an end of
  /// our own making.
  package var countsAgainstCircuit: Bool {
    switch reason {
    case .timeout, .connectTimeout, .connectionRefused, .unreachable, .unresolvableHost, .tlsFailed, .connectionReset,
      .incompleteResponse, .malformedResponse, .headersTooLarge, .bodyTooLarge, .badEncoding, .serverError, .notJSON, .wrongShape:
      true
    case .unauthorized, .requestRejected, .redirected, .tryAgain, .tooManyRequests, .circuitOpen, .askedToWait, .concurrencyLimit,
      .queueTimeout, .cancelled:
      false
    }
  }

  /// Whether an upstream that restarts would show the same for a moment.
  package var mayBeRestart: Bool { reason == .connectionRefused || reason == .connectionReset }

  /// Whether its `Retry-After` is meant for every caller (RFC 9110 §10.2.3: 503 and, by RFC 6585 §4, 429).
  package var asksEverybodyToWait: Bool { receivedStatus == 503 || receivedStatus == 429 }

  /// Whether it speaks against the service itself, and not only against what we asked of it or how it put its answer.
  package var saysServiceIsDown: Bool {
    switch reason {
    case .timeout, .connectTimeout, .connectionRefused, .unreachable, .unresolvableHost, .tlsFailed, .connectionReset,
      .incompleteResponse, .malformedResponse, .serverError:
      true
    case .headersTooLarge, .bodyTooLarge, .badEncoding, .unauthorized, .requestRejected, .redirected, .tryAgain,
      .tooManyRequests, .notJSON, .wrongShape, .circuitOpen, .askedToWait, .concurrencyLimit, .queueTimeout, .cancelled:
      false
    }
  }

  /// The error type for `Proxy-Status` (RFC 9209 §2.3), where one fits.
  package var proxyError: String? {
    switch reason {
    case .timeout: "http_response_timeout"
    case .connectTimeout: "connection_timeout"
    case .connectionRefused: "connection_refused"
    case .unreachable: "destination_ip_unroutable"
    case .unresolvableHost: "dns_error"
    case .tlsFailed: "tls_protocol_error"
    case .connectionReset: "connection_terminated"
    case .incompleteResponse: "http_response_incomplete"
    case .malformedResponse: "http_protocol_error"
    case .headersTooLarge: "http_response_header_section_size"
    case .bodyTooLarge: "http_response_body_size"
    case .badEncoding: "http_response_content_coding"
    case .circuitOpen, .askedToWait: "destination_unavailable"
    case .concurrencyLimit, .queueTimeout: "connection_limit_reached"
    case .cancelled: "proxy_internal_error"
    case .unauthorized, .requestRejected, .redirected, .serverError, .tryAgain, .tooManyRequests, .notJSON, .wrongShape: nil
    }
  }
}
