extension UpstreamDefinition {
  /// The four services of the dashboard (contract §5): what the configuration starts from.
  package static let defaults = [
    UpstreamDefinition(
      name: "users", label: "microservice1", endpoint: Endpoint(host: "localhost", port: 8081),
      healthPath: "/api/v1/actuator/health", identity: .forward(["authorization"])),
    UpstreamDefinition(
      name: "accounts", label: "microservice2", endpoint: Endpoint(host: "localhost", port: 3000),
      healthPath: "/", identity: .forward(["x-user-id", "x-user-role"])),
    UpstreamDefinition(
      name: "metrics", label: "microservice3", endpoint: Endpoint(host: "localhost", port: 8000), healthPath: "/"),
    UpstreamDefinition(
      name: "dashboard", label: "microservice4", endpoint: Endpoint(host: "localhost", port: 8080), healthPath: "/health"),
  ]
}
