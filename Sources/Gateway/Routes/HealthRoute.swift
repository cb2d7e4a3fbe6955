import Aggregation
import Clients
import Hummingbird
import NIOCore
import Resilience

/// `GET /api/health/services`: what is known of each upstream, probed where nothing is. Always 200: it is a report, not a probe.
struct HealthRoute: Sendable {
  static let path = "/api/health/services"

  private let services: [(client: UpstreamClient, prober: HealthProber)]

  init(upstreams: [UpstreamClient]) {
    services = upstreams.map { ($0, HealthProber(client: $0)) }
  }

  func report(_ context: GatewayContext) async -> Response {
    let records = await check(on: context.eventLoop)
    let known = zip(services, records).map { service, record in
      HealthReport.Service(definition: service.client.definition, record: record, circuit: service.client.circuit)
    }
    let report = HealthReport(known, at: .now())
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: report.bytes)))
  }

  /// Sees to it that what is known of each service is no older than so many milliseconds. Must be called on `eventLoop`.
  func keepFresh(within validity: Int64, on eventLoop: any EventLoop) {
    for service in services { service.prober.keepFresh(within: validity, on: eventLoop) }
  }

  /// All services at once.
  private func check(on eventLoop: any EventLoop) async -> [HealthRecord] {
    await withTaskGroup(of: (Int, HealthRecord).self) { group in
      for (position, service) in services.enumerated() {
        group.addTask { (position, await service.prober.check(on: eventLoop)) }
      }
      var records = [HealthRecord](repeating: HealthRecord(), count: services.count)
      for await (position, record) in group { records[position] = record }
      return records
    }
  }
}
