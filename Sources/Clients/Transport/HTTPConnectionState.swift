/// What one HTTP/1.1 connection may do next: a value, told what has happened, that answers with what to do about it.
///
/// One exchange at a time, no pipelining. A response that is whole is given out only when the read that carried its end is
/// over: bytes behind it in the same read are a response that nobody asked for, and such a connection serves nobody again.
struct HTTPConnectionState: Equatable {
  enum Action: Equatable {
    /// What came is wanted: go on with it.
    case proceed
    /// What came is not wanted, and changes nothing.
    case ignore
    /// The response is whole: give it to its caller, then give the connection back to the pool, or close it.
    case finish(reuse: Bool)
    /// Close the connection and give the error to the caller.
    case fail(TransportError)
    /// Close the connection and send the same request on another one: this one had died before it was used (RFC 9112 §9.3.1).
    case resend
    /// Close the connection. Nobody waits on it.
    case close
  }

  /// How far the exchange has come.
  private struct Progress: Equatable {
    var expectsBody: Bool
    var isRequestWritten = false
    var keepsAlive = false
    /// Bytes of the response as they came, head and body.
    var received = 0
    /// Bytes of the body after decoding.
    var body = 0
  }

  private enum State: Equatable {
    case idle
    case awaitingHead(Progress)
    case receivingBody(Progress)
    /// The response is whole; the read that carried its end is not over.
    case ended(reuse: Bool)
    case closed
  }

  private let maxHeaderBytes: Int
  private let maxBodyBytes: Int
  private var state = State.idle
  private var exchanges = 0

  /// Room for the status line, line ends and skipped informational responses (RFC 9110 §15.2) beside the header fields.
  private static let headSlack = 16 * 1024

  init(maxHeaderBytes: Int, maxBodyBytes: Int) {
    self.maxHeaderBytes = maxHeaderBytes
    self.maxBodyBytes = maxBodyBytes
  }

  var isIdle: Bool { state == .idle }
  var isClosed: Bool { state == .closed }
  /// Whether a whole response waits for the end of the read that brought it.
  var isEnded: Bool { if case .ended = state { true } else { false } }

  /// Whether an earlier exchange was made on this connection.
  private var isReused: Bool { exchanges > 1 }

  /// A request is about to be written. `proceed`: write it. `resend`: the connection cannot take it.
  mutating func requestStarted(isHead: Bool) -> Action {
    guard case .idle = state else { return .resend }
    exchanges += 1
    state = .awaitingHead(Progress(expectsBody: !isHead))
    return .proceed
  }

  /// The last byte of the request has left.
  mutating func requestWritten() {
    switch state {
    case .awaitingHead(var progress):
      progress.isRequestWritten = true
      state = .awaitingHead(progress)
    case .receivingBody(var progress):
      progress.isRequestWritten = true
      state = .receivingBody(progress)
    case .idle, .ended, .closed:
      break
    }
  }

  /// Bytes have come, not looked at yet. `proceed`: parse them.
  mutating func bytesReceived(_ count: Int) -> Action {
    switch state {
    case .awaitingHead(var progress):
      guard progress.received - Self.headSlack <= maxHeaderBytes else { return failed(.headersTooLarge) }
      progress.received += count
      state = .awaitingHead(progress)
      return .proceed
    case .receivingBody:
      return .proceed
    case .idle:
      state = .closed
      return .close
    case .ended:
      state = .ended(reuse: false)
      return .ignore
    case .closed:
      return .ignore
    }
  }

  /// The head of the response has come. `contentLength` is nil where the field is absent, `Int.max` where it is beyond `Int`.
  mutating func headReceived(status: Int, contentLength: Int?, keepsAlive: Bool) -> Action {
    switch state {
    case .awaitingHead(var progress):
      guard status != 101, (100...599).contains(status) else { return failed(.malformedResponse) }
      guard status >= 200 else { return .ignore }
      if status == 204 || status == 304 || contentLength == 0 { progress.expectsBody = false }
      if progress.expectsBody, let contentLength, contentLength > maxBodyBytes { return failed(.bodyTooLarge) }
      progress.keepsAlive = keepsAlive
      state = .receivingBody(progress)
      return .proceed
    case .receivingBody:
      return failed(.malformedResponse)
    case .idle:
      state = .closed
      return .close
    case .ended:
      state = .ended(reuse: false)
      return .ignore
    case .closed:
      return .ignore
    }
  }
}

extension HTTPConnectionState {
  /// A part of the body has come. `proceed`: keep it.
  mutating func bodyReceived(_ count: Int) -> Action {
    switch state {
    case .receivingBody(var progress):
      guard progress.expectsBody else { return failed(.malformedResponse) }
      guard count <= maxBodyBytes - progress.body else { return failed(.bodyTooLarge) }
      progress.body += count
      state = .receivingBody(progress)
      return .proceed
    case .awaitingHead:
      return failed(.malformedResponse)
    case .idle:
      state = .closed
      return .close
    case .ended:
      state = .ended(reuse: false)
      return .ignore
    case .closed:
      return .ignore
    }
  }

  /// The response is whole. `proceed`: wait for the end of the read.
  mutating func endReceived() -> Action {
    switch state {
    case .receivingBody(let progress):
      guard progress.keepsAlive, progress.isRequestWritten else {
        state = .closed
        return .finish(reuse: false)
      }
      state = .ended(reuse: true)
      return .proceed
    case .awaitingHead:
      return failed(.malformedResponse)
    case .idle:
      state = .closed
      return .close
    case .ended:
      state = .ended(reuse: false)
      return .ignore
    case .closed:
      return .ignore
    }
  }

  /// All that one read brought has been told. `isAtBoundary`: the parser is not in the middle of anything.
  mutating func readCompleted(isAtBoundary: Bool) -> Action {
    guard case .ended(let reuse) = state else { return .ignore }
    state = reuse && isAtBoundary ? .idle : .closed
    return .finish(reuse: reuse && isAtBoundary)
  }

  /// The connection is gone.
  mutating func connectionClosed() -> Action {
    lost { $0.received > 0 ? .truncated : .reset(responseStarted: false) }
  }

  /// The connection broke, or what came on it could not be read. No body is no decoding error, whatever the decompressor says.
  mutating func errorCaught(_ error: TransportError) -> Action {
    if case .receivingBody(let progress) = state, !progress.expectsBody, error.code == .badEncoding { return .ignore }
    return lost { progress in
      guard error.code == .reset || error.code == .truncated && progress.received == 0 else { return error }
      return TransportError(.reset, responseStarted: progress.received > 0, cause: error.cause)
    }
  }

  /// The caller does not want the response any more.
  mutating func cancelled() -> Action { gaveUp(.cancelled) }

  /// The deadline of the exchange has come.
  mutating func timedOut() -> Action { gaveUp(.timeout) }

  /// The transport is being shut down.
  mutating func shutDown() -> Action {
    guard !isIdle else {
      state = .closed
      return .close
    }
    return gaveUp(.shutDown)
  }

  private mutating func gaveUp(_ error: TransportError) -> Action {
    switch state {
    case .awaitingHead, .receivingBody, .ended: failed(error)
    case .idle, .closed: .ignore
    }
  }

  private mutating func lost(_ error: (Progress) -> TransportError) -> Action {
    switch state {
    case .awaitingHead(let progress), .receivingBody(let progress):
      let error = error(progress)
      state = .closed
      return isReused && error == .reset(responseStarted: false) ? .resend : .fail(error)
    case .ended:
      state = .closed
      return .finish(reuse: false)
    case .idle:
      state = .closed
      return .close
    case .closed:
      return .ignore
    }
  }

  private mutating func failed(_ error: TransportError) -> Action {
    state = .closed
    return .fail(error)
  }
}
