import Caching
import Clients
import NIOCore

/// One request's wait for a section that is being fetched: for as long as its own deadline allows. Belongs to its loop.
final class SectionWait: SectionFetch {
  private let eventLoop: any EventLoop
  private let flights: Coalescer<FetchedSection<Section, CallFailure>>
  /// Nil when it is over.
  private var completion: ((FetchedSection<Section, CallFailure>) -> Void)?
  private var ticket: Coalescer<FetchedSection<Section, CallFailure>>.Ticket?
  private var timer: Scheduled<Void>?

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
  ///   - requestID: whose wait it is.
  ///   - lead: begins the flight, where there is none.
  /// - Returns: the id of the request that began the flight, where that is another one.
  func join(
    _ key: CacheKey, until deadline: NIODeadline, by requestID: String,
    lead: (Coalescer<FetchedSection<Section, CallFailure>>.Flight) -> Void
  ) -> String? {
    timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timedOut() }
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

  private func timedOut() {
    leave()
    told(.failed(CallFailure(.timeout)))
  }

  private func leave() {
    if let ticket = ticket.take() { _ = flights.leave(ticket) }
  }
}
