import HTTPTypes
package import Hummingbird
package import NIOCore

/// What a request carries through middleware and routes: its loop, its deadline, its id, and the record that the access line is
/// written from.
package struct GatewayContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The loop of the client's connection; everything that the request does, it does there.
  package let eventLoop: any EventLoop
  /// When the request was received.
  package let received: NIODeadline
  package var record = RequestRecord()
  package var requestID = ""
  /// Set where the connection has found the request at fault: no route is asked.
  package var refusal: Refusal?

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    eventLoop = source.channel.eventLoop
    received = .now()
  }
}
