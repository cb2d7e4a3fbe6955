import HTTPTypes
package import Hummingbird
import Identity
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
  /// Who asks; nil where nobody has to say.
  var principal: Principal?
  /// Of the configuration by which it was found out.
  var tenure: Tenure?
  /// Where the connection comes from.
  let remote: SocketAddress?

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    eventLoop = source.channel.eventLoop
    received = .now()
    remote = source.channel.remoteAddress
  }
}
