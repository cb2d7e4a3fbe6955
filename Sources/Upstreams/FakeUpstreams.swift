package import NIOCore

/// The four fake services, listening.
///
/// Each has a main port, on which it is what the gateway sees, and a control port, on which `/_fault` and `/_stats` are answered
/// always (also while the main port refuses connections).
package final class FakeUpstreams: Sendable {
  private let host: String
  private let users: RunningService
  private let accounts: RunningService
  private let metrics: RunningService
  private let dashboard: RunningService

  private init(_ configuration: UpstreamsConfiguration, on group: any EventLoopGroup) {
    host = configuration.host
    let data = Dataset(configuration.size)
    users = RunningService(.users, data: data, configuration: configuration, on: group)
    accounts = RunningService(.accounts, data: data, configuration: configuration, on: group)
    metrics = RunningService(.metrics, data: data, configuration: configuration, on: group)
    dashboard = RunningService(.dashboard, data: data, configuration: configuration, on: group)
  }

  /// Invents the data and binds the eight ports.
  ///
  /// - Parameter group: must outlive the services; `stop` does not shut it down.
  /// - Throws: the error of a port that could not be bound; then nothing stays open.
  package static func start(_ configuration: UpstreamsConfiguration, on group: any EventLoopGroup) async throws -> FakeUpstreams {
    let fakes = FakeUpstreams(configuration, on: group)
    do {
      for name in ServiceName.allCases {
        try await fakes.running(name).start(with: configuration.faults[name] ?? .none)
      }
    } catch {
      try await fakes.stop()
      throw error
    }
    return fakes
  }

  /// For example `http://127.0.0.1:9081`. It stays the same while the service refuses connections.
  package func baseURL(of name: ServiceName) -> String { url(port(of: name)) }

  /// Where `/_fault` and `/_stats` are answered whatever the fault.
  package func controlURL(of name: ServiceName) -> String { url(controlPort(of: name)) }

  package func port(of name: ServiceName) -> Int { running(name).main.port }

  package func controlPort(of name: ServiceName) -> Int { running(name).control.port }

  /// The fault that is in force.
  package func fault(of name: ServiceName) -> Fault { running(name).fault }

  /// Breaks or heals a service. When it returns, the next request meets the new behaviour; a request that is being answered keeps
  /// the old one.
  ///
  /// - Throws: the error of the port, if it was closed by `refuse` and cannot be opened again; the fault is then unchanged.
  package func setFault(_ fault: Fault, of name: ServiceName) async throws {
    try await running(name).setFault(fault).get()
  }

  package func stats(of name: ServiceName) -> ServiceStats { running(name).counters.snapshot() }

  /// Waits until the counters of a service are as wanted, without polling; at once if they are.
  ///
  /// - Parameter condition: called at every change, under a lock: short, and no calls into this type.
  /// - Returns: the first counters of which it holds.
  /// - Throws: `CancellationError` only.
  package func stats(
    of name: ServiceName, where condition: @escaping @Sendable (ServiceStats) -> Bool
  ) async throws -> ServiceStats {
    try await running(name).counters.first(where: condition)
  }

  /// Sets the counters of a service to 0, but for what is open or in flight now.
  package func resetStats(of name: ServiceName) { running(name).counters.reset() }

  /// Closes every listener and every connection, for good. Requests in flight end without an answer.
  package func stop() async throws {
    for name in ServiceName.allCases { try await running(name).stop() }
  }

  private func running(_ name: ServiceName) -> RunningService {
    switch name {
    case .users: users
    case .accounts: accounts
    case .metrics: metrics
    case .dashboard: dashboard
    }
  }

  private func url(_ port: Int) -> String {
    host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
  }
}
