import ArgumentParser
import Upstreams

/// What the fake services hold and how they are broken.
struct FakeServiceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The four services listen on the four ports after this one, their control ports ten above them; 0 takes any free ones.",
      valueName: "port"))
  var upstreamPortBase = 9080

  @Option(help: ArgumentHelp("Users that the users service knows.", valueName: "number"))
  var users = 20

  @Option(help: ArgumentHelp("Rows of the accounts service.", valueName: "number"))
  var accounts = 25

  @Option(help: ArgumentHelp("Posts of the metrics service.", valueName: "number"))
  var posts = 50

  @Option(help: ArgumentHelp("The same seed makes the same data.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Break a service (users, accounts, metrics, dashboard) from the start; may be given several times.",
      discussion: "Kinds: \(Fault.forms.joined(separator: ", ")).", valueName: "service=kind"))
  var fault: [String] = []

  @Option(
    help: ArgumentHelp(
      "Time that a service takes for every answer, such as users=300ms; may be given several times.",
      valueName: "service=duration"))
  var latency: [String] = []

  func validate() throws {
    guard (0...65_520).contains(upstreamPortBase) else { throw ValidationError("--upstream-port-base must be from 0 to 65520.") }
    guard [users, accounts, posts].allSatisfy({ (0...1_000_000).contains($0) }) else {
      throw ValidationError("--users, --accounts and --posts must be from 0 to 1000000.")
    }
    _ = try upstreams()
  }

  func upstreams(host: String = "127.0.0.1") throws -> UpstreamsConfiguration {
    UpstreamsConfiguration(
      host: host, portBase: upstreamPortBase, size: DataSize(users: users, accounts: accounts, posts: posts, seed: seed),
      faults: try Self.pairs(fault, option: "--fault", Self.fault),
      latencies: try Self.pairs(latency, option: "--latency") { text in
        do throws(FaultTextError) {
          if case .slow(let duration) = try Fault("slow:\(text)") { return duration }
        } catch {
          // The text of the fault's own error would speak of faults.
        }
        throw ValidationError("--latency \(text): wanted a duration such as 300ms or 2s.")
      })
  }

  private static func fault(_ text: String) throws -> Fault {
    do throws(FaultTextError) { return try Fault(text) } catch { throw ValidationError(error.description) }
  }

  private static func pairs<Value>(
    _ texts: [String], option: String, _ value: (String) throws -> Value
  ) throws -> [ServiceName: Value] {
    var pairs: [ServiceName: Value] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let service = ServiceName(rawValue: parts[0]) else {
        let names = ServiceName.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(option) \(text): wanted SERVICE=VALUE with a service of \(names).")
      }
      pairs[service] = try value(parts[1])
    }
    return pairs
  }
}
