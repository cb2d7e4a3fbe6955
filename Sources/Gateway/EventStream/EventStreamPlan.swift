import HTTPTypes
import Hummingbird
import NIOCore
import Resilience

/// What holds for one event stream.
struct EventStreamRules: Sendable {
  /// After so long without an event a client is sent a comment, so that it and those in between see that the stream lives.
  var heartbeat = TimeAmount.seconds(15)
  /// A client that is more bytes behind when there is something to tell is cut off.
  var maxBacklog = 256 * 1024
  /// A stream ends after so long, give or take a tenth by chance: clients come back, perhaps to another replica.
  var maxAge = TimeAmount.hours(1)
  /// When the proof of who listens ends; nil: never.
  var proofEnds: Timestamp?
  /// Whether who listens is still let in: asked every five seconds. Nil: whoever was is.
  var isLetIn: (@Sendable () async -> Bool)?
  /// Whether the configuration that let the client in has been replaced.
  var isOver: @Sendable () -> Bool = { false }
}

/// Why a stream ends; the raw value is what the client is told (`event: end`).
enum EventStreamEnd: String, CaseIterable {
  /// The process is about to end.
  case draining
  /// The proof of who listens has ended, or counts no longer.
  case expired
  case maxAge = "max_age"
  /// Another configuration is in use.
  case reloaded
}

/// An answer that goes on: what a route gives in place of a body. The connection opens it behind the head.
final class EventStreamPlan: Sendable {
  let rules: EventStreamRules
  /// What was taken for it; nil where streams are not counted out.
  let place: EventStreamPlace?
  /// Called once on the connection's loop, or never where the client has left before.
  let opened: @Sendable (EventStream) -> Void

  init(
    _ rules: EventStreamRules = EventStreamRules(), place: EventStreamPlace? = nil,
    opened: @escaping @Sendable (EventStream) -> Void
  ) {
    self.rules = rules
    self.place = place
    self.opened = opened
  }
}

extension Response {
  /// The head of a stream of events; what follows is the plan's. The request counts as answered.
  static func events(_ plan: EventStreamPlan, for context: GatewayContext) -> Response {
    context.record.stream = plan
    return Response(status: .ok, headers: eventFields, body: ResponseBody { try await $0.finish(nil) })
  }

  var isEventStream: Bool { status == .ok && headers[.contentType] == Self.eventFields[.contentType] }

  private static let eventFields: HTTPFields = [
    .contentType: "text/event-stream",
    // Nobody in between may keep it, change it or hold it back.
    .cacheControl: "no-store, no-transform", .accelBuffering: "no",
  ]
}

extension HTTPField.Name {
  /// What nginx and those like it go by.
  static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
