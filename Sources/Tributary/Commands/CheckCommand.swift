import ArgumentParser
import Settings
import Simulation

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the configuration, and say everything that is wrong with it.",
    discussion: """
      One line a problem: file:line: key: what was found, what is allowed. Exit code 2 if there is any; a warning alone is none. Nothing is started and \
      nobody is called.

      With --matrix, what each document comes to for each set of upstreams that answer and each state of the cache; with --assert, whether \
      the rows of a file hold: exit code 1 if one does not (docs/degradation.md).
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, yaml
  }

  @OptionGroup var file: ConfigurationFileOption

  @Flag(help: "Print how answers degrade. Nobody is called: upstreams are stood in for.")
  var matrix = false

  @Option(help: "How to print the matrix: for people, for programs, for --assert.")
  var format: Format?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The states of the cache to look at: cold, warm, stale (the default), revalidating.", valueName: "state"))
  var cache: [SimulatedCache] = []

  @Option(name: .customLong("assert"), help: ArgumentHelp("A file with rows of the matrix that must hold.", valueName: "file"))
  var contract: String?

  func validate() throws {
    guard matrix || contract != nil || format == nil && cache.isEmpty else {
      throw ValidationError("--format and --cache say how the matrix is printed: they go with --matrix.")
    }
    guard contract == nil || format == nil && cache.isEmpty else {
      throw ValidationError("--assert prints no matrix: it goes with neither --format nor --cache.")
    }
  }

  func run() async throws {
    let settings = try GatewaySettings.readOrExit(file: file.path)
    if let contract { return try await hold(contract, settings) }
    if matrix { return try await show(settings) }
    for warning in settings.warnings { Console.complain("warning: \(warning)") }
    Console.say("The configuration is good: \(settings.upstreams.count) upstreams, \(settings.sections.count) sections.")
  }

  private func show(_ settings: GatewaySettings) async throws {
    let matrix = try await Self.matrix(of: settings, cache.isEmpty ? SimulatedCache.usual : cache)
    switch format ?? .table {
    case .table: Console.say(matrix.table, terminator: "")
    case .json: Console.say(matrix.json)
    case .yaml: Console.say(matrix.yaml, terminator: "")
    }
  }

  private func hold(_ path: String, _ settings: GatewaySettings) async throws {
    let contract: MatrixContract
    do throws(Problem) { contract = try MatrixContract(path: path, for: settings.simulated) } catch {
      Console.complain(error.description)
      throw ExitCode.badUsage
    }
    let breaches = contract.breaches(by: try await Self.matrix(of: settings, contract.caches))
    for breach in breaches { Console.complain(breach) }
    guard breaches.isEmpty else {
      Console.complain("\(breaches.count) \(breaches.count == 1 ? "thing does" : "things do") not hold.")
      throw ExitCode.failure
    }
    Console.say("All \(contract.count) rows of \(path) hold.")
  }

  private static func matrix(of settings: GatewaySettings, _ caches: [SimulatedCache]) async throws -> Matrix {
    do { return try await Matrix(of: settings.simulated, caches: caches) } catch let error as Matrix.TooLarge {
      Console.complain(error.description)
      throw ExitCode.badUsage
    }
  }
}

extension SimulatedCache: ExpressibleByArgument {}
