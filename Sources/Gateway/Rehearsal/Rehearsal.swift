package import Aggregation
package import Clients
import EventLoops
import HTTPTypes
import Hummingbird
import Identity
import Logging
package import NIOCore
import NIOHTTP1
package import Resilience
import Synchronization

/// The HTTP edge without a listener: the same layers, routes and writing of heads as for a client's connection, asked directly.
///
/// What is different each time stands still, so that an answer can be kept and compared: `Date`, `X-Request-Id` and the times in
/// `Server-Timing`. The limits of a request's head hold. Whoever asks is taken for an administrator; nobody is counted.
package struct Rehearsal: Sendable {
  private let responder: ServerConnection.Responder
  private let serving: CurrentServing
  private let logs: LogSink
  private let eventLoop: any EventLoop
  private let isSecure: Bool
  private let limits: EdgeLimits
  private let asksWho: Bool

  /// - Parameters:
  ///   - parts: see ``parts(_:aggregator:upstreams:schemes:)``.
  ///   - group: of the parts.
  package init(_ configuration: GatewayConfiguration, parts: ServingParts, on group: any EventLoopGroup) async throws {
    var plain = configuration
    (plain.tls, plain.admin.isEnabled) = (nil, false)
    eventLoop = group.next()
    isSecure = configuration.tls != nil
    limits = configuration.limits
    asksWho = parts.access.isOn
    serving = try await CurrentServing(parts, on: group)
    logs = LogSink(timer: eventLoop)
    let gateway = try Gateway(
      plain, version: "", serving: serving, group: group, logs: logs, logFormat: .json, logger: Self.silence)
    responder = gateway.responder()
  }

  /// - Parameter schemes: of the credentials that are asked for; nil where nobody is asked who he is.
  package static func parts(
    _ configuration: GatewayConfiguration, aggregator: Aggregator, upstreams: [UpstreamClient], schemes: CredentialSchemes?
  ) -> ServingParts {
    ServingParts(
      configuration, aggregator: aggregator, upstreams: upstreams, authenticator: schemes.map { _ in RehearsalAuthenticator() },
      schemes: schemes ?? [], cache: nil)
  }

  package func replace(with parts: ServingParts) async throws { try await serving.replace(with: parts) }

  package func shutDown() async throws { try await logs.shutDown() }

  /// - Parameter moment: what `Date` says.
  package func answer(to asked: RehearsedRequest, at moment: Timestamp) async throws -> RehearsedAnswer {
    try await EventLoopExecutor(eventLoop).run { [self] () async throws -> RehearsedAnswer in
      let incoming = try incoming(asked)
      let request = Request(head: incoming.request, body: RequestBody(buffer: ByteBuffer()))
      var context = GatewayContext(on: eventLoop, logger: Self.silence)
      context.refusal = incoming.refusal
      var response: Response
      do { response = try await responder(request, context) } catch { response = .lastResort(request) }
      response.headers[.serverTiming] = response.headers[.serverTiming].map(Self.timeless)
      var head = ByteBuffer()
      head.writeAnswerHead(
        response, framing: AnswerFraming(of: response, toHead: false, isHTTP11: true), common: common(at: moment),
        keepsAlive: incoming.keepsAlive, isHTTP11: true)
      let status = response.status.code
      let body = try await BodyCollector.collect(response.body)
      return RehearsedAnswer(status: status, head: head, body: body)
    }
  }

  /// The request as a connection would have it: within the limits, or refused.
  private func incoming(_ asked: RehearsedRequest) throws -> IncomingRequest {
    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: asked.target)
    for field in asked.fields {
      guard HTTPField.Name(field.name) != nil, HTTPField.isValidValue(field.value) else {
        throw RehearsedRequest.BadField(name: field.name)
      }
      head.headers.add(name: field.name, value: field.value)
    }
    if !head.headers.contains(name: "host") { head.headers.add(name: "host", value: "localhost") }
    var line = RequestLine()
    Array("GET \(asked.target) HTTP/1.1\r\n".utf8).withUnsafeBytes { _ = line.read($0) }
    let read = RequestHead(head, limits: limits)
    var incoming = line.isBroken ? .unreadable(.malformed) : read.problem.map(read.incoming.refused) ?? read.incoming
    if incoming.request.headerFields[.requestID] == nil { incoming.request.headerFields[.requestID] = RehearsedRequest.requestID }
    if asksWho, Credentials(incoming.request.headerFields).isEmpty {
      incoming.request.headerFields[.authorization] = "Bearer rehearsal"
    }
    return incoming
  }

  private func common(at moment: Timestamp) -> ByteBuffer {
    var lines = ByteBuffer(string: "Date: \(moment.httpDate)\r\n")
    for field in CommonFields(isTLS: isSecure).fixed { lines.writeString("\(field.name): \(field.value)\r\n") }
    return lines
  }

  /// `users;dur=0.41;desc="ok"` with `0.00` for every time.
  private static func timeless(_ timing: String) -> String {
    timing.split(separator: ";", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("dur=") ? "dur=0.00" : String($0) }.joined(separator: ";")
  }

  private static let silence = {
    var logger = Logger(label: "rehearsal") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    return logger
  }()
}

/// A GET as a client would send it.
package struct RehearsedRequest: Sendable {
  /// A field that no request can have.
  package struct BadField: Error {
    package let name: String
  }

  /// Stands where the client sends none.
  package static let requestID = "00000000000000000000000000000000"

  /// Path and query.
  package var target: String
  package var fields: [HeaderField]

  package init(target: String, fields: [HeaderField] = []) {
    self.target = target
    self.fields = fields
  }
}

/// An answer as it would go over the wire of HTTP/1.1.
package struct RehearsedAnswer: Sendable {
  package let status: Int
  /// The status line and the fields, with the blank line behind them.
  package let head: ByteBuffer
  package let body: ByteBuffer

  /// The value of a field, by its name in any case.
  package func field(_ name: String) -> String? {
    for line in String(buffer: head).split(separator: "\r\n").dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == name.lowercased() { return String(parts[1].drop { $0 == " " }) }
    }
    return nil
  }
}

/// Gathers what a response's body writes.
struct BodyCollector: ResponseBodyWriter {
  private final class Bytes: Sendable {
    let buffer = Mutex(ByteBuffer())
  }

  private let bytes = Bytes()

  static func collect(_ body: consuming ResponseBody) async throws -> ByteBuffer {
    let collector = BodyCollector()
    try await body.write(collector)
    return collector.bytes.buffer.withLock { $0 }
  }

  mutating func write(_ buffer: ByteBuffer) async throws {
    bytes.buffer.withLock { _ = $0.writeImmutableBuffer(buffer) }
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
