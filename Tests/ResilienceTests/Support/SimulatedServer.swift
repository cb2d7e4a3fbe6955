import Resilience
import TestSupport

/// An upstream with `workers` that each serve one call at a time in order of arrival, behind a limit on the calls in flight; calls
/// arrive at random. What goes over the limit is refused at once. All times in seconds.
struct SimulatedServer {
  var workers: Int
  var serviceTime: Double
  /// Calls that find so many in the server are answered with an error at once; nil for an endless queue.
  var refusesAbove: Int?

  /// What happened since `reset`.
  private(set) var answered = 0
  private(set) var refused = 0
  private(set) var latencySum = 0.0

  private var now = 0.0
  private var nextArrival = 0.0
  private var freeAt: [Double]
  private var inFlight: [(start: Double, end: Double, isDrop: Bool)] = []
  private var random: SeededGenerator

  init(workers: Int, serviceTime: Double, seed: UInt64) {
    self.workers = workers
    self.serviceTime = serviceTime
    freeAt = Array(repeating: 0, count: workers)
    random = SeededGenerator(seed: seed)
  }

  /// Calls per second that it can serve.
  var capacity: Double { Double(workers) / serviceTime }
  /// Calls in flight that keep every worker busy.
  var needed: Double { Double(workers) }
  var meanLatency: Double { latencySum / Double(max(answered, 1)) }

  mutating func reset() { (answered, refused, latencySum) = (0, 0, 0) }

  /// Lets time pass with `rate` calls a second. Each call's service takes ±`spread` of the mean.
  mutating func run(seconds: Double, rate: Double, spread: Double = 0.2, limit: inout GradientLimit) {
    let end = now + seconds
    while freeAt.count < workers { freeAt.append(now) }
    if freeAt.count > workers { freeAt = Array(freeAt.sorted().prefix(workers)) }
    nextArrival = now
    while true {
      let done = inFlight.indices.min { inFlight[$0].end < inFlight[$1].end }
      if let done, inFlight[done].end <= nextArrival {
        guard inFlight[done].end < end else { break }
        finish(done, &limit)
      } else {
        guard nextArrival < end else { break }
        now = nextArrival
        arrive(spread, limit.limit)
        nextArrival = now + 2 * random.chance() / rate
      }
    }
    now = end
  }

  private mutating func arrive(_ spread: Double, _ limit: Int) {
    guard inFlight.count < limit else {
      refused += 1
      return
    }
    if let refusesAbove, inFlight.count >= refusesAbove {
      inFlight.append((now, now + 0.0005, true))
      return
    }
    let worker = freeAt.indices.min { freeAt[$0] < freeAt[$1] } ?? 0
    let length = serviceTime * (1 + spread * (2 * random.chance() - 1))
    freeAt[worker] = max(freeAt[worker], now) + length
    inFlight.append((now, freeAt[worker], false))
  }

  private mutating func finish(_ index: Int, _ limit: inout GradientLimit) {
    let call = inFlight[index]
    now = call.end
    limit.sampled(
      latency: .nanoseconds(Int64((call.end - call.start) * 1e9)), inFlight: inFlight.count, wasDropped: call.isDrop,
      at: second(now))
    inFlight.swapAt(index, inFlight.count - 1)
    inFlight.removeLast()
    if !call.isDrop {
      answered += 1
      latencySum += call.end - call.start
    }
  }
}
