import HTTPTypes
package import Hummingbird
package import Identity
import Logging
package import NIOCore
import RateLimiting

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
  /// Nil until the edge has looked.
  var trace: RequestTrace?
  /// Set where the connection has found the request at fault: no route is asked.
  package var refusal: Refusal?
  /// The other end of the connection; nil where it has no address.
  var peer: IPAddress?
  /// What was found out about who calls; nil where nobody has to say.
  var caller: Caller?
  /// What its address is counted by, once that is known.
  var addressClaims: [RateLimitClaim] = []
  /// Whether its answer may be given again, if that is one for it.
  var wantsReplay = true
  /// Whether it came over HTTP/2.
  var isHTTP2 = false

  /// Who calls; nil where nobody has to say, or nobody has.
  package var principal: Principal? { caller?.principal }

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    eventLoop = source.channel.eventLoop
    received = .now()
  }

  /// Of a request that came over no connection.
  init(on eventLoop: any EventLoop, logger: Logger) {
    struct Source: RequestContextSource { let logger: Logger }
    coreContext = CoreRequestContextStorage(source: Source(logger: logger))
    self.eventLoop = eventLoop
    received = .now()
  }
}

/// Who calls, and by which configuration that was found out. A reference: a context is copied by every layer.
final class Caller: Sendable {
  let principal: Principal?
  let tenure: Tenure?

  init(_ principal: Principal?, _ tenure: Tenure?) { (self.principal, self.tenure) = (principal, tenure) }
}
