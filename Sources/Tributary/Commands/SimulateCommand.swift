import Aggregation
import ArgumentParser
import Clients
import Gateway
import NIOCore
import Settings
import Simulation

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Print the exact answer that a client would get while upstreams fail, without any network.",
    discussion: """
      The answer of the first request that meets the failures, from the code that serves, with upstreams that are stood in for. The \
      date, the request's id and the times in Server-Timing stand still: the output can be kept and compared. Failures: \
      \(SimulatedFailure.allowed).

      Example: tributary simulate --fail metrics=timeout,accounts=503 --cache stale
      """)

  @OptionGroup var file: ConfigurationFileOption

  @Option(help: ArgumentHelp("The document: consolidated or summary.", valueName: "document"))
  var document = SimulatedDocument.consolidated

  @Option(
    help: ArgumentHelp("Upstreams that fail, and how; may be given several times.", valueName: "upstream=failure,…"))
  var fail: [String] = []

  @Option(help: ArgumentHelp("What the cache holds: cold, warm, stale or revalidating.", valueName: "state"))
  var cache = SimulatedCache.cold

  @Option(help: ArgumentHelp("The user that is asked for.", valueName: "id"))
  var userId: Int64?

  @Option(help: ArgumentHelp("Further parameters of the request.", valueName: "name=value&…"))
  var query: String?

  @Option(
    name: [.customShort("H"), .customLong("header")],
    help: ArgumentHelp(
      "A field of the request, such as 'Prefer: handling=strict'; may be given several times.", valueName: "field"))
  var header: [String] = []

  @Option(
    help: ArgumentHelp(
      "A folder with what upstreams answer: NAME.json for an upstream or a section, NAME.USER_ID.json for a user's.",
      valueName: "folder"))
  var bodies: String?

  @Flag(help: "Leave out the body.")
  var head = false

  func run() async throws {
    let settings = try GatewaySettings.readOrExit(file: file.path).simulated
    let scenario = try scenario(of: settings)
    let bodies = try bodies(for: settings)
    do {
      let answer = try await SimulatedGateway.with(settings, bodies: bodies) { try await $0.answer(to: scenario) }
      Console.put(Array(buffer: answer.head) + (head ? [] : Array(buffer: answer.body)))
    } catch let error as RehearsedRequest.BadField {
      throw ValidationError("--header \(error.name): no such field can be sent.")
    } catch let error as SimulatedGateway.NotWarmed {
      throw ValidationError("--cache \(cache.rawValue): \(error.description).")
    }
  }

  private func scenario(of settings: SimulatedSettings) throws -> Scenario {
    var scenario = Scenario(document)
    guard userId.map({ $0 > 0 }) != false else { throw ValidationError("--user-id must be at least 1.") }
    (scenario.user, scenario.query, scenario.cache) = (userId, query, cache)
    scenario.failures = try failures(of: settings.upstreams.map(\.name))
    scenario.fields = try header.map { text in
      let parts = text.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { throw ValidationError("--header \(text): wanted 'Name: value'.") }
      return HeaderField(name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))
    }
    return scenario
  }

  private func failures(of upstreams: [String]) throws -> [String: SimulatedFailure] {
    var failures: [String: SimulatedFailure] = [:]
    for text in fail.flatMap({ $0.split(separator: ",") }) {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, upstreams.contains(parts[0]) else {
        throw ValidationError("--fail \(text): wanted UPSTREAM=FAILURE with an upstream of \(upstreams.joined(separator: ", ")).")
      }
      guard let failure = SimulatedFailure(parts[1]) else {
        throw ValidationError("--fail \(text): wanted a failure of \(SimulatedFailure.allowed).")
      }
      guard failures.updateValue(failure, forKey: parts[0]) == nil else {
        throw ValidationError("--fail \(text): \(parts[0]) is given twice; an upstream fails in one way.")
      }
    }
    return failures
  }

  private func bodies(for settings: SimulatedSettings) throws -> SimulatedBodies {
    guard let bodies else { return SimulatedBodies() }
    let names = Set(settings.upstreams.map(\.name) + settings.sections.map(\.name))
    do throws(Problem) { return try SimulatedBodies.read(folder: bodies, names: names) } catch {
      Console.complain(error.description)
      throw ExitCode.badUsage
    }
  }
}

extension SimulatedDocument: ExpressibleByArgument {}
