import NIOCore

/// How far one request of an HTTP/2 connection, and its answer, have come.
struct HTTP2StreamState: Equatable {
  enum Phase: Equatable {
    /// Its body is coming.
    case body(RequestHead, ByteBuffer)
    /// It is whole, or refused, and waits until all that one read brought is known.
    case ready(IncomingRequest)
    case answering(hasBegun: Bool)
    /// The last byte of the answer has been written; the client has not taken it yet.
    case written
  }

  var phase: Phase
  /// For what is expected of the client; `distantFuture` while nothing is.
  var deadline = NIODeadline.distantFuture
  /// Whether the client may still send something on it.
  var isInputOpen: Bool
  /// Both sides have ended it: no frame can name it any more.
  var isClosed = false

  /// Bytes of its body that are kept.
  var held: Int {
    switch phase {
    case .body(_, let body): body.readableBytes
    case .ready(let request): request.body.readableBytes
    case .answering, .written: 0
    }
  }
}
