import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals
import Upstreams

struct UpstreamsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upstreams",
    abstract: "Run the four fake services alone.",
    discussion: """
      They behave as the real ones do: paths, shapes, identity rules, error bodies, health. Each can be broken while it runs: \
      curl -X PUT -d hang http://127.0.0.1:9093/_fault (the control port of metrics), and counts what it was asked: /_stats.
      """)

  @OptionGroup var fakes: FakeServiceOptions

  @Option(help: ArgumentHelp("The address to listen on.", valueName: "host"))
  var host = "127.0.0.1"

  func run() async throws {
    let service = FakeUpstreamsService(configuration: try fakes.upstreams(host: host)) { running in
      for name in ServiceName.allCases {
        Console.say("\(name.rawValue)  \(running.baseURL(of: name))  control \(running.controlURL(of: name))")
      }
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: .quiet))
    try await group.run()
  }
}
