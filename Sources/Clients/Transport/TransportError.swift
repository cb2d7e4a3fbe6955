/// Why an exchange has no response. Two errors are equal when code and `responseStarted` are; the cause is for the log.
package struct TransportError: Error, Sendable {
  /// One word for each way to fail: a closed list, fit for a metric's label.
  package enum Code: String, Sendable, CaseIterable {
    case invalidRequest, connectRefused, connectTimeout, connectFailed, tlsFailed, timeout, reset, truncated
    case malformedResponse, headersTooLarge, bodyTooLarge, badEncoding, cancelled, shutDown
  }

  package let code: Code
  /// Whether any byte of the response had come when it failed. Only ever true for `reset`.
  package let responseStarted: Bool
  /// What was underneath, if anything was. Not for clients.
  package let cause: (any Error)?

  init(_ code: Code, responseStarted: Bool = false, cause: (any Error)? = nil) {
    self.code = code
    self.responseStarted = responseStarted
    self.cause = cause
  }

  /// The target, a field name or a field value cannot be sent: it holds a control character, or nothing (RFC 9110 §5.5).
  package static let invalidRequest = TransportError(.invalidRequest)
  /// Nobody listens at the endpoint.
  package static let connectRefused = TransportError(.connectRefused)
  /// No connection within `TransportLimits.connectTimeout`.
  package static let connectTimeout = TransportError(.connectTimeout)
  /// The host has no address, or cannot be reached.
  package static let connectFailed = TransportError(.connectFailed)
  /// The peer's certificate does not hold, the handshake broke, or there is no TLS context for an `https` endpoint.
  package static let tlsFailed = TransportError(.tlsFailed)
  /// The deadline of the exchange came first.
  package static let timeout = TransportError(.timeout)
  /// The connection died before the response was whole.
  package static func reset(responseStarted: Bool) -> TransportError { TransportError(.reset, responseStarted: responseStarted) }
  /// The peer closed in the middle of the response (RFC 9112 §8).
  package static let truncated = TransportError(.truncated)
  /// What came is not an HTTP/1 response, has a status outside 200–599, or wants another protocol (`101`).
  package static let malformedResponse = TransportError(.malformedResponse)
  /// More header bytes than `TransportLimits.maxHeaderBytes`, or more than 256 fields.
  package static let headersTooLarge = TransportError(.headersTooLarge)
  /// More body than `TransportLimits.maxBodyBytes`, as announced, as received or as decoded.
  package static let bodyTooLarge = TransportError(.bodyTooLarge)
  /// A content coding other than `gzip` and `deflate`, or a body that does not decode.
  package static let badEncoding = TransportError(.badEncoding)
  /// The task of the caller was cancelled.
  package static let cancelled = TransportError(.cancelled)
  /// The transport was shut down.
  package static let shutDown = TransportError(.shutDown)
}

extension TransportError: Equatable {
  package static func == (a: TransportError, b: TransportError) -> Bool {
    a.code == b.code && a.responseStarted == b.responseStarted
  }
}
