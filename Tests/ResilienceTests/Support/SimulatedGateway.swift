import Resilience
import TestSupport

/// One event loop: a request takes half of its work on arrival and half when its upstream has answered, `upstreamTime` later; what has to
/// wait for the loop waits in order. A refusal takes work too. All times in seconds.
struct SimulatedGateway {
  var control: AdmissionControl
  var work = 0.001
  var refusalWork = 0.000_03
  var upstreamTime = 0.02
  /// An answer later than this is of no use.
  var patience = 0.5

  private(set) var useful = 0
  private(set) var late = 0
  private(set) var refused = 0
  private(set) var slowestRefusal = 0.0
  private(set) var peakInFlight = 0

  private var now = 0.0
  private var loopFreeAt = 0.0
  private var nextTimer = 0.0
  private var nextArrival = 0.0
  /// Requests whose upstream answers then, with the time of their arrival, in order.
  private var waiting: [(answer: Double, arrival: Double)] = []
  private var firstWaiting = 0
  /// When requests are finished, in order: the loop is first come, first served.
  private var finishing: [Double] = []
  private var firstFinishing = 0
  private var random: SeededGenerator

  init(_ configuration: AdmissionControl.Configuration, seed: UInt64) {
    control = AdmissionControl(configuration)
    random = SeededGenerator(seed: seed)
  }

  /// Requests per second that the loop can serve.
  var capacity: Double { 1 / work }

  mutating func reset() { (useful, late, refused, slowestRefusal, peakInFlight) = (0, 0, 0, 0, 0) }

  mutating func run(seconds: Double, rate: Double) {
    let end = now + seconds
    nextArrival = now
    while true {
      let answer = firstWaiting < waiting.count ? waiting[firstWaiting].answer : .infinity
      now = min(answer, nextArrival, nextTimer)
      guard now < end else { break }
      let start = max(now, loopFreeAt)
      while firstFinishing < finishing.count, finishing[firstFinishing] <= start {
        control.finished(at: second(finishing[firstFinishing]))
        firstFinishing += 1
      }
      if now == nextTimer {
        control.lagMeasured(.nanoseconds(Int64((start - now) * 1e9)), at: second(start))
        nextTimer = start + 0.01
      } else if now == answer {
        finish(start)
      } else {
        arrive(start)
        nextArrival = now + 2 * random.chance() / rate
      }
    }
    now = end
  }

  private mutating func arrive(_ start: Double) {
    if control.admit(.normal, at: second(start)) {
      loopFreeAt = start + work / 2
      waiting.append((loopFreeAt + upstreamTime, now))
      peakInFlight = max(peakInFlight, control.inFlight)
    } else {
      loopFreeAt = start + refusalWork
      refused += 1
      slowestRefusal = max(slowestRefusal, loopFreeAt - now)
    }
  }

  private mutating func finish(_ start: Double) {
    loopFreeAt = start + work / 2
    finishing.append(loopFreeAt)
    if loopFreeAt - waiting[firstWaiting].arrival <= patience { useful += 1 } else { late += 1 }
    firstWaiting += 1
  }
}
