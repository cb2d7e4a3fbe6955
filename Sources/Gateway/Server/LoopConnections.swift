import EventLoops
import NIOCore

/// The connections of one event loop, and what they share. Belongs to that loop.
final class LoopConnections {
  let drain: EdgeDrain
  let executor: EventLoopExecutor
  let admission: LoopAdmission
  /// A head is written here: most leave before the next one is.
  var scratch = ByteBufferAllocator().buffer(capacity: 8192)
  private(set) var common: CommonFields
  var replays = Replays()
  let refusals: RefusalQueue
  let streams: EventStreams
  private var connections: [any EdgeConnection] = []

  /// - Parameter isSecure: whether there is TLS below all of them.
  init(drain: EdgeDrain, executor: EventLoopExecutor, admission: LoopAdmission, streams: EventStreams, isSecure: Bool) {
    common = CommonFields(isTLS: isSecure)
    self.drain = drain
    self.executor = executor
    refusals = RefusalQueue(on: executor.eventLoop)
    self.admission = admission
    self.streams = streams
  }

  func add(_ connection: any EdgeConnection) {
    connection.slot = connections.count
    connections.append(connection)
  }

  func remove(_ connection: any EdgeConnection) {
    guard let slot = connection.slot, let last = connections.popLast() else { return }
    connection.slot = nil
    guard last !== connection else { return }
    connections[slot] = last
    last.slot = slot
  }

  /// Closes what has waited too long.
  func tick() {
    if common.refresh() { replays.clear() }
    let now = NIODeadline.now()
    each { $0.look(at: now) }
    streams.tick(at: now, isDraining: drain.isDraining)
  }

  /// From the last to the first: one that leaves has its place taken by one that was visited.
  func each(_ body: (any EdgeConnection) -> Void) {
    var index = connections.count
    while index > 0 {
      index -= 1
      if index < connections.count { body(connections[index]) }
    }
  }
}
