import NIOCore

/// How an answer goes over the wire.
enum Delivery {
  /// As it should; `thenClose` closes the connection without having said so.
  case whole(Answer, thenClose: Bool = false)
  /// Not at all.
  case never
  /// The head for the whole body, half of the body; then the end of the connection, or nothing.
  case half(Answer, thenClose: Bool)
  /// The head, then a byte of the body every `dripInterval`.
  case dripped(Answer)
  /// Two times.
  case twice(Answer)
  /// In chunked encoding; `broken`: with a chunk size that is not a number, then the end of the connection.
  case chunked(Answer, broken: Bool)
  /// With a body grown to at least so many bytes.
  case padded(Answer, bytes: Int)
  /// A reset of the connection instead.
  case reset

  static let dripInterval = TimeAmount.milliseconds(100)
}

extension Fault {
  /// What is waited before the answer.
  var delay: Duration {
    if case .slow(let duration) = self { duration } else { .zero }
  }

  /// What this fault makes of the answer to a request.
  ///
  /// - Parameters:
  ///   - served: responses that the connection has had so far.
  ///   - unlucky: whether the dice chose this request for `flaky`.
  ///   - answer: the right answer; not asked for if nobody will see it.
  func delivery(
    to request: Request, at destination: Service.Destination, of service: Service, served: Int, unlucky: Bool,
    answer: () -> Answer
  ) -> Delivery {
    switch self {
    case .none, .slow: .whole(answer())
    case .refuse, .hang: .never
    case .hangAfterHeaders: .half(answer(), thenClose: false)
    case .drip: .dripped(answer())
    case .status(let code): .whole(service.error(code, for: request))
    case .garbage: .whole(.garbage)
    case .truncated: .half(answer(), thenClose: true)
    case .empty: .whole(Answer(shape: .text, contentType: service.framework.contentType, body: ByteBuffer()))
    case .wrongShape: .whole(service.wrongShape(at: destination))
    case .reset: .reset
    case .huge(let bytes): .padded(answer(), bytes: bytes)
    case .flaky: .whole(unlucky ? service.error(503, for: request) : answer())
    case .closeAfter(let responses): .whole(answer(), thenClose: served + 1 >= responses)
    case .retryAfter(let seconds): .whole(service.error(503, for: request, fields: [("retry-after", String(seconds))]))
    case .secondResponse: .twice(answer())
    case .badChunk: .chunked(answer(), broken: true)
    case .chunked: .chunked(answer(), broken: false)
    }
  }
}

extension Service {
  /// The framework's own body for that status; redirections lead to `/moved`, which is nowhere.
  func error(_ status: Int, for request: Request, fields: [(name: String, value: String)] = []) -> Answer {
    let fields = (300..<400).contains(status) && status != 304 ? fields + [("location", "/moved")] : fields
    return framework.error(status, path: request.path, fields: fields)
  }

  /// Valid JSON of a shape that the route does not promise.
  func wrongShape(at destination: Destination) -> Answer {
    if case .route(let index, _) = destination, routes[index].shape == .object {
      return framework.json(ByteBuffer(string: "[1,2,3]"), shape: .list)
    }
    return framework.json(ByteBuffer(string: #"{"unexpected":true}"#), shape: .object)
  }
}

extension Answer {
  /// 200, called JSON, and none: a control byte, text, bytes that are not UTF-8 either.
  static let garbage = Answer(
    shape: .text, contentType: "application/json", body: ByteBuffer(bytes: [0x01] + "<not json> [{,".utf8 + [0xFF, 0xFE, 0xC0]))
}
