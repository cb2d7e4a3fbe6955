import Clients
import EventLoops
import Gateway
import NIOCore
import TraceExport
import Tracing

/// The tracer of the process, and what takes its spans to the collector. Outlives configurations: a process is given its tracer once.
struct ProcessTracing: Sendable {
  let edge: EdgeTracing
  /// Nil where no collector is configured.
  private let exporter: SpanExporter?

  /// Connects to nothing yet.
  init(_ configuration: TracingConfiguration, version: String, workers: WorkerPool, on group: any EventLoopGroup) async throws {
    guard let collector = configuration.collector else {
      (edge, exporter) = (EdgeTracing(), nil)
      return
    }
    let resource = TraceResource(
      serviceName: configuration.serviceName, serviceVersion: version, serviceInstanceID: TraceID.random().description)
    let exporter = SpanExporter(
      configuration, resource, client: try await UpstreamClient(collector, on: group), workers: workers, on: group.next())
    let tracer = RequestTracer(ratio: configuration.sampleRatio, exporter: exporter)
    InstrumentationSystem.bootstrap(tracer)
    edge = EdgeTracing(tracer: tracer, ratio: configuration.sampleRatio)
    self.exporter = exporter
  }

  /// When nobody is answered any more: what is left goes out, if that is soon.
  func shutDown() async throws { try await exporter?.shutDown() }
}
