import NIOCore

/// A Redis Cluster seen from one event loop: a node, with one connection, for each master that was needed. Belongs to its event loop.
///
/// A command goes to the master of its slot, as the map says; to a seed, as long as there is no map. The first `MOVED` or `ASK` of a
/// command sends it on, once; every `MOVED` corrects the map, and has it asked for again.
///
/// A cluster may name any host, and is then given the password there: whoever can answer for Redis has it anyway.
final class RedisCluster: RedisRouter {
  private let seeds: [RedisEndpoint]
  private let setup: RedisSetup
  private let eventLoop: any EventLoop
  private let tell: (RedisEvent) -> Void
  private var map = RedisSlotMap()
  private var nodes: [RedisEndpoint: RedisNode] = [:]
  private var turn = 0
  private var isRefreshing = false
  private var nextRefresh = NIODeadline.uptimeNanoseconds(0)
  private var isShutDown = false

  /// Between two questions for the map.
  private static let refreshPause = TimeAmount.milliseconds(250)
  private static let refreshTimeout = TimeAmount.seconds(1)

  init(seeds: [RedisEndpoint], setup: RedisSetup, eventLoop: any EventLoop, tell: @escaping (RedisEvent) -> Void) {
    self.seeds = seeds
    self.setup = setup
    self.eventLoop = eventLoop
    self.tell = tell
  }

  func send(_ call: RedisCall) {
    if map.endpoints.isEmpty { refresh() }
    guard let endpoint = call.command.slot.flatMap({ map[$0] }) ?? anyEndpoint, let node = node(at: endpoint) else {
      return call.finish(.failure(isShutDown ? .shutDown : .unavailable))
    }
    call.redirect = { [weak self] call, outcome in self?.redirect(call, outcome, from: endpoint) ?? false }
    node.send(call)
  }

  func warm() {
    for endpoint in seeds { node(at: endpoint)?.warm() }
    refresh()
  }

  var status: RedisStatus {
    let all = nodes.values.map(\.status)
    let circuits = Set(all.map(\.circuit))
    return RedisStatus(
      isConnected: all.contains(where: \.isConnected),
      circuit: circuits.contains(.open) ? .open : circuits.contains(.halfOpen) ? .halfOpen : .closed,
      lastError: all.lazy.compactMap(\.lastError).first, outstanding: all.reduce(0) { $0 + $1.outstanding })
  }

  func shutDown() {
    isShutDown = true
    let all = nodes.values
    nodes = [:]
    for node in all { node.shutDown() }
  }

  // MARK: Nodes

  /// A place that may answer anything that needs no certain node.
  private var anyEndpoint: RedisEndpoint? { seeds.isEmpty ? nil : seeds[turn % seeds.count] }

  private func node(at endpoint: RedisEndpoint) -> RedisNode? {
    if let node = nodes[endpoint] { return node }
    guard !isShutDown, nodes.count < RedisSlotMap.maxEndpoints else { return nil }
    let node = RedisNode(address: FixedAddress(endpoint), setup: setup, eventLoop: eventLoop, tell: tell)
    nodes[endpoint] = node
    return node
  }

  /// Nodes that have left the cluster are not connected to any more.
  private func forgetOthers() {
    let kept = Set(map.endpoints + seeds)
    for (endpoint, node) in nodes where !kept.contains(endpoint) {
      nodes[endpoint] = nil
      node.shutDown()
    }
  }

  // MARK: Redirections

  private func redirect(_ call: RedisCall, _ outcome: RedisOutcome, from origin: RedisEndpoint) -> Bool {
    guard case .failure(let error) = outcome else { return false }
    if error == .unavailable || error == .timeout { refresh() }
    guard case .moved(let redirection) = error else { return false }
    call.redirect = nil
    let target = redirection.endpoint(seenFrom: origin)
    if redirection.kind == .moved {
      map.assign(redirection.slot, to: target)
      refresh()
    }
    guard let node = node(at: target), call.deadline > .now() else { return false }
    if redirection.kind == .ask { node.send(RedisCall(.asking, until: call.deadline) { _ in }) }
    node.send(call)
    return true
  }

  // MARK: The map

  /// Asks for the map, unless that was done just now.
  private func refresh() {
    let now = NIODeadline.now()
    guard !isRefreshing, !isShutDown, now >= nextRefresh else { return }
    isRefreshing = true
    nextRefresh = now + Self.refreshPause
    // Masters and seeds in turn: whoever does not answer is not asked twice in a row.
    let candidates = map.endpoints + seeds
    turn &+= 1
    let endpoint = candidates[turn % max(candidates.count, 1)]
    guard let node = node(at: endpoint) else {
      isRefreshing = false
      return
    }
    node.send(RedisCall(.clusterSlots, until: now + Self.refreshTimeout) { [weak self] in self?.refreshed($0, from: endpoint) })
  }

  private func refreshed(_ outcome: RedisOutcome, from endpoint: RedisEndpoint) {
    isRefreshing = false
    guard case .success(let reply) = outcome, let map = RedisSlotMap(reply, from: endpoint) else { return }
    self.map = map
    forgetOthers()
  }
}
