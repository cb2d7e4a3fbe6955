package import Clients
package import NIOCore

/// What a client asked for, as far as sections are concerned.
package struct DocumentRequest: Sendable {
  /// The user that the document is about; nil for all.
  package let user: Int64?
  /// The client's identity headers, lower-case names; each upstream is given those that its definition allows.
  package let identity: [HeaderField]
  package let requestID: String
  /// When the document goes out, with what there is.
  package let deadline: NIODeadline
  /// Whether the client has shortened the deadline.
  package let isHurried: Bool
  /// Whether the client prefers no document to one that is not complete.
  package let isStrict: Bool
  /// The loop of the client's connection.
  package let eventLoop: any EventLoop
  /// What upstreams are to leave out, as far as they can.
  package var filters: [AppliedFilter] = []
  /// What happens to it is written there; nil: nowhere.
  package var timeline: RequestTimeline?
  /// Rings at the deadline, for all of its sections together; nil: each has its own timer.
  var alarm: NIOLoopBound<RequestAlarm>?

  package init(
    user: Int64?, identity: [HeaderField], requestID: String, deadline: NIODeadline, isHurried: Bool = false,
    isStrict: Bool = false,
    eventLoop: any EventLoop, timeline: RequestTimeline? = nil
  ) {
    self.user = user
    self.identity = identity
    self.requestID = requestID
    self.deadline = deadline
    self.isHurried = isHurried
    self.isStrict = isStrict
    self.eventLoop = eventLoop
    self.timeline = timeline
  }
}
