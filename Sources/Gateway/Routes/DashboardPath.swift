/// The routes that cost something: a limit may name them.
package enum DashboardPath {
  package static let consolidated = "/api/dashboard/consolidated"
  package static let summary = "/api/dashboard/summary"
  package static let servicesHealth = "/api/health/services"
  package static let stream = "/api/dashboard/stream"

  package static let all = [consolidated, summary, servicesHealth, stream]
}
