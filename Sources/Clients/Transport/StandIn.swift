package import NIOCore
import NIOHTTP1

/// Answers in place of the endpoints of an upstream, in this process: no name is looked up and no socket opened. All policies around a try
/// are as ever, and so is what is made of its end.
package struct StandIn: Sendable {
  /// What an endpoint would have been asked.
  package struct Question: Sendable {
    package let method: String
    /// Path and query, the upstream's path prefix included.
    package let target: String
    package let body: ByteBuffer
  }

  /// What came back: an answer, or the way in which there was none.
  package enum Answer: Sendable {
    case response(status: Int, body: ByteBuffer)
    case failure(TransportError)
    /// The host has no address.
    case unknownHost
  }

  private let answer: @Sendable (Question) -> Answer

  /// - Parameter answer: called on the loop that asks, at once.
  package init(_ answer: @escaping @Sendable (Question) -> Answer) { self.answer = answer }

  /// - Parameter request: as it would go over the wire.
  func outcome(of request: ByteBuffer) -> Exchange.Outcome {
    switch answer(Question(request)) {
    case .response(let status, let body):
      .success(HTTPExchangeResponse(status: status, headers: ["content-type": "application/json"], body: body))
    case .failure(let error): .failure(error)
    case .unknownHost: .failure(TransportError(.connectFailed, cause: UnknownHost(code: 0)))
    }
  }
}

extension StandIn.Question {
  /// Our own bytes: one line, fields, a blank line, the body.
  fileprivate init(_ request: ByteBuffer) {
    let bytes = request.readableBytesView
    let line = bytes.prefix { $0 != UInt8(ascii: "\r") }.split(separator: UInt8(ascii: " "))
    method = line.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    target = line.dropFirst().first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    body = bytes.firstRange(of: "\r\n\r\n".utf8).map { ByteBuffer(bytes[$0.upperBound...]) } ?? ByteBuffer()
  }
}
