import NIOCore
import NIOHTTP2

/// How streams and connections end.
extension HTTP2ConnectionState {
  /// Both sides have ended it, or one has reset it (`isReset`).
  mutating func streamClosed(_ id: HTTP2StreamID, isReset: Bool, at now: NIODeadline) -> [Action] {
    guard let stream = streams[id] else { return [] }
    // What has been written may still be on its way to the socket.
    if stream.phase == .written, !isReset {
      streams[id]?.isClosed = true
      return []
    }
    return [.drop(id)] + forget(id, at: now)
  }

  mutating func forget(_ id: HTTP2StreamID, at now: NIODeadline) -> [Action] {
    guard let stream = streams.removeValue(forKey: id) else { return [] }
    held -= stream.held
    guard streams.isEmpty else { return [] }
    if life == .leaving { return linger(at: now) }
    idleDeadline = now + limits.idleTimeout
    return []
  }

  /// - Parameter isWritable: whether the socket takes more.
  mutating func deadlinePassed(at now: NIODeadline, isWritable: Bool) -> [Action] {
    switch life {
    case .closed: return []
    case .lingering: return now >= idleDeadline ? end(.close) : []
    case .open, .leaving: break
    }
    if streams.isEmpty { return now >= idleDeadline ? leave() + linger(at: now) : [] }
    var actions: [Action] = []
    for (id, stream) in streams where stream.deadline <= now {
      switch stream.phase {
      case .body(let head, let body):
        held -= body.readableBytes
        streams[id]?.phase = .ready(head.incoming.refused(.bodyTimedOut))
        if let start = start(id) { actions.append(start) }
      // It is not the stream that is not taken.
      case .written where stream.isClosed: return abort()
      case .answering, .written:
        if !isWritable { return abort() }
        actions += [.reset(id, .cancel)] + forget(id, at: now)
      case .ready: break
      }
    }
    return actions
  }

  /// The process is about to end: clients are asked to go elsewhere with what comes next. Said once.
  mutating func drainSeen() -> [Action] { life == .open ? leave() : [] }

  /// The server ends: this connection takes no further request, and closes if it has none.
  mutating func quiesced(at now: NIODeadline) -> [Action] {
    let told = leave()
    return streams.isEmpty && life == .leaving ? told + linger(at: now) : told
  }

  /// The client sends nothing more, not even that it takes more: it has left.
  mutating func inputClosed() -> [Action] {
    switch life {
    case .lingering: end(.close)
    case .open, .leaving: streams.isEmpty ? end(.close) : abort()
    case .closed: []
    }
  }

  /// The client has been told what is wrong with its frames.
  mutating func protocolBroken() -> [Action] { isClosed ? [] : end(.hangUp) }

  /// The connection is gone, or has to be.
  mutating func connectionClosed() -> [Action] { isClosed ? [] : abort() }

  mutating func leave() -> [Action] {
    guard life == .open else { return [] }
    life = .leaving
    return [.goAway(lastStream)]
  }

  private mutating func linger(at now: NIODeadline) -> [Action] {
    life = .lingering
    idleDeadline = now + limits.lingerTimeout
    return [.closeOutput]
  }

  private mutating func abort() -> [Action] { end(.abort) }

  private mutating func end(_ action: Action) -> [Action] {
    let drops = streams.keys.map { Action.drop($0) }
    streams.removeAll()
    ready.removeAll()
    held = 0
    life = .closed
    return drops + [action]
  }
}
