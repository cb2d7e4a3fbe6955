import NIOCore
import Synchronization

/// Those who look at the status page: the streams of their connections, each on its loop.
final class StatusViewers: Sendable {
  private struct Viewer: Sendable {
    let loop: any EventLoop
    let stream: NIOLoopBound<EventStream>
  }

  private struct State {
    var viewers: [Int: Viewer] = [:]
    var last = 0
  }

  private let state = Mutex(State())

  var areThere: Bool { state.withLock { !$0.viewers.isEmpty } }

  /// One more, who leaves by himself. Must be called on `loop`, the stream's.
  func add(_ stream: EventStream, on loop: any EventLoop) {
    let viewer = Viewer(loop: loop, stream: NIOLoopBound(stream, eventLoop: loop))
    let number = state.withLock { state in
      state.last += 1
      state.viewers[state.last] = viewer
      return state.last
    }
    stream.whenClosed { [weak self] in self?.remove(number) }
  }

  private func remove(_ number: Int) { state.withLock { _ = $0.viewers.removeValue(forKey: number) } }

  /// Tells everybody the same.
  func tell(_ json: [UInt8]) {
    let event = Self.event(json)
    for viewer in state.withLock({ Array($0.viewers.values) }) {
      viewer.loop.execute { viewer.stream.value.send(event) }
    }
  }

  static func event(_ json: [UInt8]) -> EventBytes { EventBytes(ServerSentEvent(data: [ByteBuffer(bytes: json)])) }
}
