import NIOCore
import NIOHTTP1

/// microservice4: Spring Boot. Asks nobody who they are; its health is plain text.
func dashboardService(_ data: Dataset) -> Service {
  let framework = Framework.spring
  let rows = framework.json(data.dashboard, shape: .list)
  let healthy = Answer(shape: .text, contentType: "text/plain;charset=UTF-8", body: ByteBuffer(string: "OK"))
  return Service(
    name: .dashboard, framework: framework,
    routes: [
      Route(.GET, "/getDashboardInfo", shape: .list) { _, _ in rows },
      Route(.GET, "/health", purpose: .health, shape: .text) { _, _ in healthy },
    ])
}

extension Service {
  /// The service of that name over the data.
  init(_ name: ServiceName, data: Dataset, credentials: FakeCredentials) {
    self =
      switch name {
      case .users: usersService(data, credentials: credentials)
      case .accounts: accountsService(data)
      case .metrics: metricsService(data)
      case .dashboard: dashboardService(data)
      }
  }
}
