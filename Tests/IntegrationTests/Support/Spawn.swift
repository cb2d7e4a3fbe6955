import Glibc
import NIOCore
import NIOPosix

/// A call of the system that did not do what it should.
struct SystemCallError: Error {
  let call: String
  let code: Int32
}

/// A pipe of which a child process gets one end.
struct Pipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemCallError(call: "pipe", code: errno) }
    (reading, writing) = (ends[0], ends[1])
  }

  /// What comes out of it, until its end; takes the reading end over.
  func lines() -> Awaited<ChildProcess.Output> {
    let output = Awaited(ChildProcess.Output())
    let descriptor = reading
    NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(LineCollector(output)) }
      }
      .takingOwnershipOfDescriptor(input: descriptor)
      .whenFailure { _ in
        close(descriptor)
        output.change { $0.isClosed = true }
      }
    return output
  }
}

private final class LineCollector: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let output: Awaited<ChildProcess.Output>

  init(_ output: Awaited<ChildProcess.Output>) { self.output = output }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data).readableBytesView
    output.change { $0.append(bytes) }
  }

  func channelInactive(context: ChannelHandlerContext) { output.change { $0.isClosed = true } }
}

/// Starts the program under test with three descriptors and no more.
struct Spawn {
  /// No descriptor of this process is beyond it.
  private static let descriptors: Int32 = 4096

  /// What a process is born into.
  struct Conditions: Sendable {
    /// As many descriptors it may have; nil leaves it to the test runner's limit.
    var openFiles: Int?
    /// Signals that wait until the process itself lets them in.
    var blockedSignals: [Int32] = []
  }

  private let arguments: [String]
  private let conditions: Conditions
  private let environment: [String: String]
  private let directory: String

  init(_ arguments: [String], _ environment: [String: String], _ directory: String, _ conditions: Conditions) {
    self.conditions = conditions
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  func run(output: Int32, errors: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    // A child that inherits a listening socket keeps its port open; one that inherits a pipe keeps its end from coming.
    for descriptor in 3..<min(Self.descriptors, Int32(clamping: limit.rlim_cur)) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    // Threads of a test runner may block signals; the child must not start with that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (blocked, all) = (sigset_t(), sigset_t())
    sigemptyset(&blocked)
    for signal in conditions.blockedSignals { sigaddset(&blocked, signal) }
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let limiting = conditions.openFiles.map { "ulimit -n \($0) && " } ?? ""
    var argumentTexts =
      (["sh", "-c", #"cd "$0" && \#(limiting)exec "$@""#, directory, Checkout.binary] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in argumentTexts + variables { free(text) } }
    var processID: pid_t = 0
    let code = posix_spawn(&processID, "/bin/sh", &actions, &attributes, &argumentTexts, &variables)
    guard code == 0 else { throw SystemCallError(call: "posix_spawn", code: code) }
    return processID
  }
}
