import Caching
import Clients
import NIOCore

/// One request's wait for a section that is being fetched: for as long as its own deadline allows. Belongs to its loop.
final class SectionWait: SectionFetch, NIOScheduledCallbackHandler {
  private let eventLoop: any EventLoop
  private let flights: Coalescer<FetchedSection<Section, CallFailure>>
  /// Nil when it is over.
  private var completion: ((FetchedSection<Section, CallFailure>) -> Void)?
  private var ticket: Coalescer<FetchedSection<Section, CallFailure>>.Ticket?
  private var timer: NIOScheduledCallback?

  init(
    on eventLoop: any EventLoop, _ flights: Coalescer<FetchedSection<Section, CallFailure>>,
    _ completion: @escaping (FetchedSection<Section, CallFailure>) -> Void
  ) {
    self.eventLoop = eventLoop
    self.flights = flights
    self.completion = completion
  }

  /// Waits for the key's flight until then.
  ///
  /// - Parameters:
  ///   - alarm: rings then; nil: it takes a timer of its own.
  ///   - requestID: whose wait it is.
  ///   - lead: begins the flight, where there is none.
  /// - Returns: the id of the request that began the flight, where that is another one.
  func join(
    _ key: CacheKey, until deadline: NIODeadline, alarm: RequestAlarm? = nil, by requestID: String,
    lead: (Coalescer<FetchedSection<Section, CallFailure>>.Flight) -> Void
  ) -> String? {
    if let alarm {
      alarm.add(self, at: deadline, on: eventLoop)
    } else {
      timer = Self.timer(at: deadline, on: eventLoop, self)
    }
    let wait = NIOLoopBound(self, eventLoop: eventLoop)
    let role = flights.join(key, by: requestID) { [eventLoop] fetched in
      if eventLoop.inEventLoop { wait.value.told(fetched) } else { eventLoop.execute { wait.value.told(fetched) } }
    }
    switch role {
    case .wait(let ticket):
      self.ticket = ticket
      return ticket.leader
    case .lead(let ticket):
      self.ticket = ticket
      lead(ticket.flight)
      return nil
    }
  }

  /// Once, or never for one that has left; the first to speak counts.
  func told(_ fetched: FetchedSection<Section, CallFailure>) {
    guard let completion = completion.take() else { return }
    timer?.cancel()
    completion(fetched)
  }

  func cancel() {
    leave()
    told(.failed(CallFailure(.cancelled)))
  }

  func handleScheduledCallback(eventLoop: some EventLoop) { timedOut() }

  /// Nil only where the loop has ended, and with it all that one could wait for.
  static func timer(
    at deadline: NIODeadline, on eventLoop: any EventLoop, _ handler: some NIOScheduledCallbackHandler
  ) -> NIOScheduledCallback? {
    do { return try eventLoop.assumeIsolated().scheduleCallback(at: deadline, handler: handler) } catch { return nil }
  }

  func timedOut() {
    leave()
    told(.failed(CallFailure(.timeout)))
  }

  private func leave() {
    if let ticket = ticket.take() { _ = flights.leave(ticket) }
  }
}
