/// How many calls an upstream may have in flight, found from its latency: the limit grows while latency stays near what it is without a
/// queue (`baseline`), and shrinks as it rises above `tolerance` times that.
///
/// The gradient is that of Netflix's concurrency-limits ("Gradient2"): at the end of each window
/// `limit ← limit + smoothing × (limit × gradient + √limit − limit)` with `gradient = tolerance × baseline / latency`, between 0.5 and 1,
/// less the share of dropped calls. A limit of which not even half was used is left alone. It comes to rest where √limit balances the
/// gradient: with the default tolerance at a latency of 1.5 to 2 times the baseline, that is, the upstream busy and a short queue.
///
/// The baseline follows lower latencies at once and higher ones never by themselves, or a lasting queue would pass for normal. As in
/// Envoy's adaptive concurrency and in BBR it is measured anew: when latency has been too high for `probeEvery`, half of what was in
/// flight is allowed for about two windows (a probe), and half of that, as long as latency falls with it. At the minimum limit, where
/// the queue cannot be ours, the baseline also follows upwards.
package struct GradientLimit: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// Calls in flight, at the start.
    package var initial: Int
    /// Never less, at least 1.
    package var minimum: Int
    /// Never more.
    package var maximum: Int
    /// Latency over baseline that is still normal; at least 1.
    package var tolerance: Double
    /// The limit changes once in this time, or when `windowSamples` have come in, whichever is later.
    package var window: Duration
    package var windowSamples: Int
    /// The part of the way to the new limit that one window goes, 0 to 1.
    package var smoothing: Double
    /// The least time between two measurements of the baseline.
    package var probeEvery: Duration

    package init(
      initial: Int = 20, minimum: Int = 4, maximum: Int = 1000, tolerance: Double = 1.5, window: Duration = .milliseconds(100),
      windowSamples: Int = 50, smoothing: Double = 0.2, probeEvery: Duration = .seconds(30)
    ) {
      self.initial = initial
      self.minimum = minimum
      self.maximum = maximum
      self.tolerance = tolerance
      self.window = window
      self.windowSamples = windowSamples
      self.smoothing = smoothing
      self.probeEvery = probeEvery
    }
  }

  /// Calls in flight that are allowed now. During a probe less than what has been found to be good.
  package var limit: Int { probe?.limit ?? Int(found) }

  private let minimum: Double
  private let maximum: Double
  private let tolerance: Double
  private let windowLength: Int64
  private let windowSamples: Int
  private let smoothing: Double
  private let probeEvery: Int64

  private var found: Double
  /// Nanoseconds without a queue; 0 until the first window is over.
  private var baseline = 0.0
  private var window: LatencyWindow?
  private var probe: (limit: Int, since: Instant)?
  private var nextProbe: Instant?

  package init(_ configuration: Configuration) {
    let least = max(configuration.minimum, 1)
    let most = min(max(configuration.maximum, least), 1 << 40)
    minimum = Double(min(least, most))
    maximum = Double(most)
    found = Double(min(max(configuration.initial, least), most))
    tolerance = configuration.tolerance.limited(to: 1...100)
    windowLength = max(configuration.window.clampedNanoseconds, 0)
    windowSamples = max(configuration.windowSamples, 1)
    smoothing = configuration.smoothing.limited(to: 0.01...1)
    probeEvery = max(configuration.probeEvery.clampedNanoseconds, 0)
  }

  /// A call ended.
  ///
  /// - Parameters:
  ///   - latency: of the attempt itself, without the wait for a place.
  ///   - inFlight: calls under way when it ended, itself included.
  ///   - wasDropped: it was refused or timed out, so that its latency says nothing but that there was too much.
  package mutating func sampled(latency: Duration, inFlight: Int, wasDropped: Bool, at: Instant) {
    let nanoseconds = max(latency.clampedNanoseconds, 1)
    if let probe {
      // What began before the probe still saw the old queue.
      guard at.nanoseconds(since: probe.since) >= nanoseconds else { return endProbe(unlessMeasured: at) }
    }
    if window == nil { window = LatencyWindow(start: at) }
    if nextProbe == nil {
      nextProbe = at.advanced(byNanoseconds: min(Int64(saturating: 10 * Double(windowLength)), probeEvery))
    }
    window?.add(nanoseconds, inFlight: inFlight, wasDropped: wasDropped)
    guard let window, window.samples >= windowSamples, at.nanoseconds(since: window.start) >= windowLength else {
      return endProbe(unlessMeasured: at)
    }
    self.window = LatencyWindow(start: at)
    if probe != nil { endProbe(measured: window, at: at) } else { adapt(to: window, at: at) }
  }

  private mutating func adapt(to window: LatencyWindow, at: Instant) {
    guard let latency = window.mean else { return shrink(droppedShare: 1) }
    if baseline == 0 {
      baseline = latency
    } else if latency < baseline {
      baseline += 0.2 * (latency - baseline)
    }
    let latencyGradient = min(tolerance * baseline / latency, 1)
    let gradient = max(latencyGradient * (1 - window.droppedShare), 0.5)
    guard Double(window.peakInFlight) * 2 >= found else { return shrink(droppedShare: window.droppedShare) }
    move(to: found * gradient + found.squareRoot())
    guard latencyGradient < 1 else { return }
    if found <= minimum {
      baseline += 0.2 * (latency - baseline)
    } else if let nextProbe, at >= nextProbe {
      self.nextProbe = at.advanced(byNanoseconds: probeEvery)
      startProbe(halving: min(found, Double(max(window.peakInFlight, 1))), at: at)
    }
  }

  /// Drops count also when the limit is not used up: it may be far too high.
  private mutating func shrink(droppedShare: Double) {
    if droppedShare > 0 { move(to: found * max(1 - droppedShare, 0.5)) }
  }

  private mutating func move(to target: Double) {
    found = min(max(found + smoothing * (target - found), minimum), maximum)
  }

  private mutating func startProbe(halving inFlight: Double, at: Instant) {
    probe = (Int(max(inFlight / 2, minimum)), at)
    window = nil
  }

  private mutating func endProbe(measured window: LatencyWindow, at: Instant) {
    let probed = Double(limit)
    probe = nil
    guard let latency = window.mean else { return }
    let wasQueueing = latency < 0.9 * baseline
    baseline = latency
    if wasQueueing, probed > minimum { startProbe(halving: probed, at: at) }
  }

  /// A probe without enough answers, because nobody calls or nothing comes back, must not hold the limit down.
  private mutating func endProbe(unlessMeasured at: Instant) {
    guard let probe else { return }
    let patience = Int64(saturating: 10 * Double(windowLength) + 4 * baseline)
    if at.nanoseconds(since: probe.since) > patience {
      self.probe = nil
      window = nil
    }
  }
}
