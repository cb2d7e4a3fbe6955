import EventLoops
package import NIOCore
import NIOHTTP1
package import NIOSSL

/// HTTP/1.1 to one upstream, on one event loop, over connections that are kept.
///
/// Everything behind it belongs to the loop and needs no lock; a caller that runs on the loop (see ``EventLoopExecutor``) gets to
/// the socket without a hop. Redirects are not followed, cookies not kept, proxies not used.
package final class Transport: Sendable {
  /// How many connections there are, and how many requests wait for one.
  package struct Counts: Sendable, Equatable {
    /// `connecting`, `idle` and `leased` together.
    package var open: Int
    package var connecting: Int
    package var idle: Int
    package var leased: Int
    package var waiting: Int
  }

  package let endpoint: Endpoint
  package let eventLoop: any EventLoop

  private let authority: String
  private let pool: NIOLoopBound<ConnectionPool>
  private let executor: EventLoopExecutor

  /// Must be called on `eventLoop`. Connects to nothing yet.
  /// - Parameters:
  ///   - tls: needed for `https`: without it each exchange fails with `tlsFailed`. See ``TransportSecurity``.
  ///   - serverName: whom the peer's certificate must name; nil for the endpoint's host.
  ///   - standIn: answers in place of the endpoint.
  package convenience init(
    endpoint: Endpoint, limits: TransportLimits = TransportLimits(), tls: NIOSSLContext? = nil, serverName: String? = nil,
    standIn: StandIn? = nil, eventLoop: any EventLoop
  ) {
    self.init(
      endpoint: endpoint, limits: limits, tls: tls, serverName: serverName, standIn: standIn, eventLoop: eventLoop,
      lookup: .system)
  }

  init(
    endpoint: Endpoint, limits: TransportLimits, tls: NIOSSLContext? = nil, serverName: String? = nil, standIn: StandIn? = nil,
    eventLoop: any EventLoop, lookup: HostLookup
  ) {
    self.endpoint = endpoint
    self.authority = endpoint.authority
    self.eventLoop = eventLoop
    self.executor = EventLoopExecutor(eventLoop)
    let opener = ConnectionOpener(endpoint: endpoint, tls: tls, serverName: serverName, eventLoop: eventLoop, lookup: lookup)
    self.pool = NIOLoopBound(
      ConnectionPool(opener: opener, limits: limits, standIn: standIn, eventLoop: eventLoop), eventLoop: eventLoop)
  }

  /// Sends a request and waits for the whole response.
  ///
  /// When `deadline` comes or the task is cancelled, the exchange is over and its connection is closed. From a task that does not
  /// run on the loop it costs a hop each way.
  package func execute(
    _ request: HTTPExchangeRequest, until deadline: NIODeadline
  ) async throws(TransportError) -> HTTPExchangeResponse {
    try await outcome(of: request, until: deadline).get()
  }

  /// The same, with the failure in the outcome.
  func outcome(of request: HTTPExchangeRequest, until deadline: NIODeadline) async -> Exchange.Outcome {
    let bytes: ByteBuffer
    do { bytes = try self.bytes(of: request) } catch { return .failure(error) }
    let isHead = request.method == .HEAD
    guard eventLoop.inEventLoop else {
      return await executor.run { await self.exchange(bytes, isHead, deadline) }
    }
    return await exchange(bytes, isHead, deadline)
  }

  private func exchange(_ bytes: ByteBuffer, _ isHead: Bool, _ deadline: NIODeadline) async -> Exchange.Outcome {
    guard !Task.isCancelled else { return .failure(.cancelled) }
    let exchange = NIOLoopBound(exchange(bytes, isHead: isHead, until: deadline), eventLoop: eventLoop)
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { exchange.value.start(for: WaitingTask($0)) }
    } onCancel: {
      eventLoop.execute { exchange.value.cancel() }
    }
  }

  /// An exchange of this transport, to be started by its owner. Must be called on the loop.
  func exchange(_ bytes: ByteBuffer, isHead: Bool = false, until deadline: NIODeadline) -> Exchange {
    Exchange(bytes: bytes, isHead: isHead, deadline: deadline, pool: pool.value)
  }

  /// The request as it goes over the wire to this endpoint.
  func bytes(of request: HTTPExchangeRequest) throws(TransportError) -> ByteBuffer {
    try request.bytes(authority: authority)
  }

  /// Must be read on the loop.
  package var counts: Counts { pool.value.counts }

  /// Closes every connection; what is under way, waits or comes later fails with `shutDown`. From any thread, at any time.
  package func shutDown() {
    if eventLoop.inEventLoop { pool.value.shutDown() } else { eventLoop.execute { self.pool.value.shutDown() } }
  }
}

/// A task that waits for an exchange.
private final class WaitingTask: ExchangeOwner {
  private let continuation: UnsafeContinuation<Exchange.Outcome, Never>

  init(_ continuation: UnsafeContinuation<Exchange.Outcome, Never>) { self.continuation = continuation }

  func ended(_ exchange: Exchange, _ outcome: Exchange.Outcome) { continuation.resume(returning: outcome) }
}
