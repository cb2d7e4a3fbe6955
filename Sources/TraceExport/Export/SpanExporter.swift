package import Clients
package import EventLoops
import Metrics
package import NIOCore
import Synchronization

/// Sends spans to a collector, OTLP over HTTP with protobuf: the shell around ``ExportQueue``.
///
/// Whoever ends a span adds it to a list and goes on; encoding is done on a worker's thread, sending on one event loop. Nothing waits for
/// the collector.
package final class SpanExporter: Sendable {
  private let client: UpstreamClient
  private let request: TraceRequest
  private let timeout: TimeAmount
  private let eventLoop: any EventLoop
  private let workers: WorkerPool
  private let queue: Mutex<ExportQueue>
  /// The last request; never fails.
  private let underWay = Mutex<EventLoopFuture<Void>?>(nil)
  private let meters = ExportMeters()

  /// - Parameter client: see ``TracingConfiguration/collector``; made before the process has a tracer, so that exports are not traced.
  package init(
    _ configuration: TracingConfiguration, _ resource: TraceResource, client: UpstreamClient, workers: WorkerPool,
    on eventLoop: any EventLoop
  ) {
    self.client = client
    self.workers = workers
    self.eventLoop = eventLoop
    request = TraceRequest(resource: resource)
    timeout = configuration.timeout
    queue = Mutex(ExportQueue(configuration.limits))
  }

  /// What became of the spans so far.
  var counts: ExportQueue.Counts { queue.withLock { $0.counts } }

  /// From any thread.
  func add(_ spans: [SpanRecord]) {
    perform(decide { $0.added(spans) })
  }

  private func decide(_ event: (inout ExportQueue) -> ExportQueue.Action) -> ExportQueue.Action {
    let (action, before, after) = queue.withLock { queue in
      let before = queue.counts
      return (event(&queue), before, queue.counts)
    }
    meters.count(from: before, to: after)
    return action
  }

  private func perform(_ action: ExportQueue.Action) {
    switch action {
    case .none: break
    case .wait(let time): eventLoop.scheduleTask(in: TimeAmount(time)) { self.perform(self.decide { $0.timerFired() }) }
    case .export(let spans):
      let ended = send(spans, until: .now() + timeout).map(ExportQueue.Outcome.init).flatMapErrorThrowing {
        ExportQueue.Outcome($0)
      }
      underWay.withLock { $0 = ended.map { _ in } }
      ended.whenSuccess { outcome in
        self.perform(self.decide { $0.exportEnded(outcome, chance: .random(in: 0...1)) })
      }
    }
  }

  /// One request, with the status that came.
  private func send(_ spans: [SpanRecord], until deadline: NIODeadline) -> EventLoopFuture<UpstreamReply> {
    let encoded = workers.run(for: eventLoop) { [request] in ByteBuffer(bytes: request.bytes(spans)) }
    return encoded.flatMap { [eventLoop, client] body in
      var call = UpstreamCall(method: .post, target: "/v1/traces", body: body, requestID: "trace-export")
      call.contentType = "application/x-protobuf"
      let reply = eventLoop.makePromise(of: UpstreamReply.self)
      client.start(call, on: eventLoop, until: deadline) { call, outcome in
        call.judged(nil)
        reply.completeWith(outcome.mapError { $0 })
      }
      return reply.futureResult
    }
  }

  /// Sends what is left, each once, for no longer than that.
  package func shutDown(within time: TimeAmount = .seconds(2)) async throws {
    let deadline = NIODeadline.now() + time
    if queue.withLock({ $0.closed() }), let underWay = underWay.withLock({ $0 }) {
      let isOver = eventLoop.makePromise(of: Void.self)
      let patience = eventLoop.scheduleTask(deadline: deadline) { isOver.succeed() }
      underWay.whenComplete { _ in isOver.succeed() }
      try await isOver.futureResult.get()
      patience.cancel()
    }
    for batch in queue.withLock({ $0.drained() }) {
      var wasTaken = false
      if NIODeadline.now() < deadline {
        do {
          _ = try await send(batch, until: deadline).get()
          wasTaken = true
        } catch {
          // Counted, and nobody is left to hear more.
        }
      }
      _ = decide { queue in
        queue.drained(batch.count, wereTaken: wasTaken)
        return .none
      }
    }
    try await client.shutDown()
  }
}

extension ExportQueue.Outcome {
  /// By what the specification says of each status (OTLP 1.x, "Failures"): 429, 502, 503 and 504 may be sent again, and so may what
  /// never came to an answer; no other status.
  init(_ error: any Error) {
    guard let failure = error as? CallFailure else {
      self = .refused
      return
    }
    // The collector has asked not to be asked: that is no try.
    if failure.reason == .askedToWait {
      self = .heldBack(after: failure.retryAfter)
      return
    }
    let isTransient = failure.receivedStatus.map { [429, 502, 503, 504].contains($0) } ?? true
    self = isTransient ? .notNow(after: failure.retryAfter) : .refused
  }

  init(_ reply: UpstreamReply) {
    self = .taken(rejected: PartialSuccess.rejectedSpans(Array(reply.body.readableBytesView)))
  }
}

/// `tributary_trace_spans_total`: spans that the collector has taken, those it has refused, and those that never got there.
private struct ExportMeters: Sendable {
  private let exported = Counter(label: "tributary_trace_spans_total", dimensions: [("outcome", "exported")])
  private let rejected = Counter(label: "tributary_trace_spans_total", dimensions: [("outcome", "rejected")])
  private let dropped = Counter(label: "tributary_trace_spans_total", dimensions: [("outcome", "dropped")])

  func count(from before: ExportQueue.Counts, to after: ExportQueue.Counts) {
    if after == before { return }
    exported.increment(by: after.exported - before.exported)
    rejected.increment(by: after.rejected - before.rejected)
    dropped.increment(by: after.dropped - before.dropped)
  }
}
