import Synchronization

/// Reads the events of a stream from the chunks of a connection, as they come. Blocks.
package final class EventReader: Sendable {
  package struct Event: Equatable, Sendable {
    package var name = ""
    package var data = ""
    package var id: String?
    package var retry: Int?
  }

  package let connection: RawConnection
  private let state = Mutex(State())

  package init(_ connection: RawConnection) { self.connection = connection }

  /// Asks for the stream and reads the head of its answer.
  package convenience init(
    port: Int, _ target: String, fields: [String: String] = [:], receiveBuffer: Int32? = nil
  ) throws {
    self.init(try RawConnection(port: port, receiveBuffer: receiveBuffer))
    try connection.request("GET", target, fields: fields)
    let head = try connection.head()
    guard head.hasPrefix("HTTP/1.1 200"), head.lowercased().contains("content-type: text/event-stream") else {
      throw RawConnection.Malformed(received: head, end: .closed)
    }
  }

  /// The next event that a client is told of; nil at the end of the stream.
  package func next() throws -> Event? { try state.withLock { try $0.next(connection) } }

  /// So many events, or fewer where the stream ends before.
  package func next(_ count: Int) throws -> [Event] {
    var events: [Event] = []
    while events.count < count, let event = try next() { events.append(event) }
    return events
  }

  /// Reads until so many comments have come in all; false where the stream ends before.
  package func awaitComments(_ count: Int) throws -> Bool {
    try state.withLock { state in
      while state.comments < count {
        guard try state.advance(connection) else { return false }
      }
      return true
    }
  }

  /// Whether the last chunk has come.
  package var hasEnded: Bool { state.withLock { $0.hasEnded } }
}

private struct State {
  var comments = 0
  var hasEnded = false
  private var text: [UInt8] = []
  private var event = EventReader.Event()
  private var lines: [String] = []
  private var done: [EventReader.Event] = []

  mutating func next(_ connection: RawConnection) throws -> EventReader.Event? {
    while done.isEmpty {
      guard try advance(connection) else { return nil }
    }
    return done.removeFirst()
  }

  /// Reads a chunk, and what lines there are in it; false at the end.
  mutating func advance(_ connection: RawConnection) throws -> Bool {
    guard !hasEnded else { return false }
    let line = try connection.text(through: "\r\n")
    guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else {
      throw RawConnection.Malformed(received: line, end: .closed)
    }
    let chunk = try connection.bytes(size + 2).dropLast(2)
    hasEnded = chunk.isEmpty
    text += chunk
    while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
      read(String(decoding: text[..<end], as: UTF8.self))
      text.removeSubrange(...end)
    }
    return !hasEnded
  }

  private mutating func read(_ line: String) {
    if line.isEmpty {
      event.data = lines.joined(separator: "\n")
      if !lines.isEmpty { done.append(event) }
      (event, lines) = (EventReader.Event(), [])
    } else if line.hasPrefix(":") {
      comments += 1
    } else {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]) : ""
      switch parts[0] {
      case "event": event.name = value
      case "data": lines.append(value)
      case "id": event.id = value
      case "retry": event.retry = Int(value)
      default: break
      }
    }
  }
}
