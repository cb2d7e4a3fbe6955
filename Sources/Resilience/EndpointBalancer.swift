/// Which of an upstream's addresses takes the next call: the one with the fewest in flight, in turn among equals; one that keeps failing
/// is left out for a while (passive ejection).
///
/// The n-th ejection on end lasts `ejectFor × 2ⁿ⁻¹`, five minutes at most:
///
/// | n | 1 | 2 | 3 | 4 | 5 | 6 |
/// |---|---|---|---|---|---|---|
/// | out for | 10 s | 20 s | 40 s | 80 s | 160 s | 300 s |
///
/// An endpoint that has held out for as long as it was last ejected begins again at the first. Never more than `maximumEjected` of the
/// endpoints are out, and never the only one.
package struct EndpointBalancer: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// Failures in a row that eject. At least one.
    package var consecutiveFailures: Int
    /// The first ejection's length.
    package var ejectFor: Duration
    /// The part of the endpoints that may be out at once, 0 to 1, rounded down.
    package var maximumEjected: Double

    package init(consecutiveFailures: Int = 5, ejectFor: Duration = .seconds(10), maximumEjected: Double = 0.5) {
      self.consecutiveFailures = consecutiveFailures
      self.ejectFor = ejectFor
      self.maximumEjected = maximumEjected
    }
  }

  private struct Endpoint {
    var inFlight = 0
    var failuresInARow = 0
    /// Ejected until then; in the past when it takes calls.
    var outUntil = Instant(nanoseconds: .min)
    /// Nanoseconds of the last ejection.
    var lastLength: Int64 = 0
  }

  private var endpoints: [Endpoint]
  private let consecutiveFailures: Int
  private let ejectFor: Int64
  private let mostEjected: Int
  /// Where the next search begins, for turns among equals.
  private var next = 0
  /// Time that goes backwards stands still, or an ejection that is over would come back.
  private var latest = Instant(nanoseconds: .min)

  private static let longestEjection: Int64 = 300_000_000_000

  /// - Parameter count: endpoints; none is taken for one.
  package init(count: Int, _ configuration: Configuration) {
    let count = max(count, 1)
    endpoints = [Endpoint](repeating: Endpoint(), count: count)
    consecutiveFailures = max(configuration.consecutiveFailures, 1)
    ejectFor = min(max(configuration.ejectFor.clampedNanoseconds, 0), Self.longestEjection)
    mostEjected = min(Int(Double(count) * configuration.maximumEjected.limited(to: 0...1)), count - 1)
  }

  package var count: Int { endpoints.count }

  /// The index of the endpoint to call, which now counts one more in flight; to be reported with `finished`.
  package mutating func pick(at: Instant) -> Int {
    latest = max(latest, at)
    var best = next
    var fewest = Int.max
    for offset in endpoints.indices {
      let index = next + offset < endpoints.count ? next + offset : next + offset - endpoints.count
      if endpoints[index].inFlight < fewest, endpoints[index].outUntil <= latest {
        (best, fewest) = (index, endpoints[index].inFlight)
      }
    }
    next = best + 1 == endpoints.count ? 0 : best + 1
    endpoints[best].inFlight += 1
    return best
  }

  /// A call to an endpoint ended. A failure is one that speaks against the endpoint: no connection, a timeout, 5xx.
  package mutating func finished(_ index: Int, isFailure: Bool, at: Instant) {
    guard endpoints.indices.contains(index) else { return }
    endpoints[index].inFlight = max(endpoints[index].inFlight - 1, 0)
    latest = max(latest, at)
    // What was begun before the ejection neither lengthens nor shortens it.
    guard endpoints[index].outUntil <= latest else { return }
    guard isFailure else {
      endpoints[index].failuresInARow = 0
      return
    }
    endpoints[index].failuresInARow += 1
    if endpoints[index].failuresInARow >= consecutiveFailures, ejectedCount(at: latest) < mostEjected { eject(index) }
  }

  /// Whether an endpoint is left out now.
  package func isEjected(_ index: Int, at: Instant) -> Bool {
    endpoints.indices.contains(index) && endpoints[index].outUntil > max(at, latest)
  }

  /// Endpoints that are left out now.
  package func ejectedCount(at: Instant) -> Int {
    let now = max(at, latest)
    return endpoints.count { $0.outUntil > now }
  }

  private mutating func eject(_ index: Int) {
    let lastLength = endpoints[index].lastLength
    let hasHeldOut = latest.nanoseconds(since: endpoints[index].outUntil) >= lastLength
    let length = hasHeldOut ? ejectFor : min(lastLength * 2, Self.longestEjection)
    endpoints[index].lastLength = length
    endpoints[index].outUntil = latest.advanced(byNanoseconds: length)
    endpoints[index].failuresInARow = 0
  }
}
