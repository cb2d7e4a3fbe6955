import EventLoops
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

@testable import Clients

/// Runs `body` on an event loop, as the gateway runs a request.
func onLoop<T: Sendable>(_ body: @escaping @Sendable (any EventLoop) async throws -> T) async throws -> T {
  let loop = MultiThreadedEventLoopGroup.singleton.next()
  return try await EventLoopExecutor(loop).run { try await body(loop) }
}

/// A scripted server and a transport to it; `body` runs on the transport's loop.
func withServer(
  _ script: @escaping @Sendable (Int) -> [ScriptedServer.Step], limits: TransportLimits = .patient,
  _ body: @escaping @Sendable (Transport, ScriptedServer) async throws -> Void
) async throws {
  let server = try await ScriptedServer.start(script: script)
  try await onLoop { loop in
    let transport = Transport(endpoint: Endpoint(host: "127.0.0.1", port: server.port), limits: limits, eventLoop: loop)
    defer { transport.shutDown() }
    try await body(transport, server)
  }
  try await server.stop()
}

/// The same script on every connection.
func withServer(
  _ steps: [ScriptedServer.Step], limits: TransportLimits = .patient,
  _ body: @escaping @Sendable (Transport, ScriptedServer) async throws -> Void
) async throws {
  try await withServer({ _ in steps }, limits: limits, body)
}

/// What the transport makes of a response, sent in these pieces, after which the server closes.
func outcome(
  _ pieces: [[UInt8]], request: HTTPExchangeRequest = .get, limits: TransportLimits = .patient
) async throws -> Result<HTTPExchangeResponse, TransportError> {
  try await outcome([.request] + pieces.map { .send($0) } + [.close], request: request, limits: limits)
}

func outcome(
  _ text: String, request: HTTPExchangeRequest = .get, limits: TransportLimits = .patient
) async throws -> Result<HTTPExchangeResponse, TransportError> {
  try await outcome([Array(text.utf8)], request: request, limits: limits)
}

func outcome(
  _ steps: [ScriptedServer.Step], request: HTTPExchangeRequest = .get, limits: TransportLimits = .patient
) async throws -> Result<HTTPExchangeResponse, TransportError> {
  let server = try await ScriptedServer.start { _ in steps }
  let result = try await onLoop { loop in
    let transport = Transport(endpoint: Endpoint(host: "127.0.0.1", port: server.port), limits: limits, eventLoop: loop)
    defer { transport.shutDown() }
    return await transport.result(request)
  }
  try await server.stop()
  return result
}

extension Transport {
  func result(
    _ request: HTTPExchangeRequest = .get, within time: TimeAmount = .seconds(10)
  ) async -> Result<HTTPExchangeResponse, TransportError> {
    do throws(TransportError) {
      return .success(try await execute(request, until: .now() + time))
    } catch {
      return .failure(error)
    }
  }
}

extension TransportLimits {
  /// For tests that are not about the connect timeout, on a machine that has other things to do.
  static var patient: TransportLimits {
    var limits = TransportLimits()
    limits.connectTimeout = .seconds(10)
    return limits
  }
}

extension HTTPExchangeRequest {
  static let get = HTTPExchangeRequest(target: "/")
  static let head = HTTPExchangeRequest(method: .HEAD, target: "/")
}

extension Result where Success == HTTPExchangeResponse, Failure == TransportError {
  var text: String? { (try? get()).map { String(buffer: $0.body) } }
  var status: Int? { (try? get())?.status }
  var error: TransportError? { if case .failure(let error) = self { error } else { nil } }
}

let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

/// `#expect` for what is asked a million times: it costs nothing while it holds.
func hold(_ condition: Bool, _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
  if !condition { Issue.record(what, sourceLocation: sourceLocation) }
}
