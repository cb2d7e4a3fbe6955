import NIOCore
import NIOHPACK
import TestSupport

/// A client of HTTP/2 that sends the frames that a test wants, also those that nobody should send. Blocks.
final class FrameClient {
  struct Frame: Equatable {
    enum Kind: UInt8 {
      case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    var kind: Kind
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    static let (endStream, endHeaders): (UInt8, UInt8) = (1, 4)

    /// Of RST_STREAM and GOAWAY: what for (RFC 9113 §7).
    var errorCode: UInt32 { payload.suffix(4).reduce(0) { $0 << 8 | UInt32($1) } }
  }

  struct Answer {
    var status = 0
    var fields: [String: String] = [:]
    var body: [UInt8] = []
    /// The code of the reset that took its place, or cut it off.
    var reset: UInt32?
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// The connection has ended, or the server asks the client to go.
  struct Ended: Error {
    let goAway: UInt32?
  }

  let connection: RawConnection
  private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
  private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
  private var nextStream: UInt32 = 1
  /// The code of the last GOAWAY.
  private(set) var goAway: UInt32?
  /// Answers that have begun.
  private var answers: [UInt32: Answer] = [:]
  /// Bytes of bodies that the server waits for.
  private var sendWindow = 65_535
  private var ended: Set<UInt32> = []

  /// - Parameter window: of each stream, as the client has it.
  init(_ connection: RawConnection, window: UInt32 = 1 << 20) throws {
    self.connection = connection
    let settings: [UInt8] = [0, 4] + Self.bytes(window)
    try connection.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
    try send(Frame(kind: .settings, payload: settings))
    // Of the connection: it is never what keeps an answer.
    try send(Frame(kind: .windowUpdate, payload: Self.bytes(1 << 30)))
  }

  static func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

  func send(_ frames: Frame...) throws { try send(frames) }

  func send(_ frames: [Frame]) throws {
    var bytes: [UInt8] = []
    for frame in frames {
      bytes +=
        Self.bytes(UInt32(frame.payload.count)).dropFirst() + [frame.kind.rawValue, frame.flags] + Self.bytes(frame.stream)
      bytes += frame.payload
    }
    try connection.send(bytes)
  }

  /// The frame that begins a request, on a stream of its own.
  func head(
    _ method: String = "GET", _ path: String? = "/", authority: String? = "a", fields: [(String, String)] = [], ends: Bool = true
  ) throws -> Frame {
    var all = [(":method", method), (":scheme", "http")]
    if let path { all.append((":path", path)) }
    if let authority { all.append((":authority", authority)) }
    return try head(all + fields, ends: ends)
  }

  func head(_ fields: [(String, String)], ends: Bool = true) throws -> Frame {
    var buffer = ByteBuffer()
    try encoder.encode(headers: HPACKHeaders(fields), to: &buffer)
    defer { nextStream += 2 }
    return Frame(
      kind: .headers, flags: Frame.endHeaders | (ends ? Frame.endStream : 0), stream: nextStream,
      payload: Array(buffer.readableBytesView))
  }

  func data(_ bytes: [UInt8], on stream: UInt32, ends: Bool = true) -> Frame {
    Frame(kind: .data, flags: ends ? Frame.endStream : 0, stream: stream, payload: bytes)
  }

  /// The next frame; nil at the end.
  func frame() throws -> Frame? {
    let head: [UInt8]
    do { head = try connection.bytes(9) } catch is RawConnection.Malformed { return nil }
    let length = head[..<3].reduce(0) { $0 << 8 | Int($1) }
    guard let kind = Frame.Kind(rawValue: head[3]) else { return nil }
    let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    return Frame(kind: kind, flags: head[4], stream: stream, payload: try connection.bytes(length))
  }

  /// Reads on until the stream has been answered or reset.
  func answer(on stream: UInt32) throws -> Answer {
    while !ended.contains(stream) { try readOn() }
    return answers[stream] ?? Answer()
  }

  /// Reads on until the answer, which may go on, has that in it.
  func text(on stream: UInt32, through mark: String) throws -> String {
    while answers[stream]?.text.contains(mark) != true { try readOn() }
    return answers[stream]?.text ?? ""
  }

  /// Reads to the end of the connection.
  ///
  /// - Returns: the code of its GOAWAY; nil where none was said.
  func readToTheEnd() throws -> UInt32? {
    do { while true { try readOn() } } catch let end as Ended { return end.goAway }
  }

  private func readOn() throws {
    guard let frame = try frame() else { throw Ended(goAway: goAway) }
    var answer = answers[frame.stream] ?? Answer()
    switch frame.kind {
    case .headers:
      var payload = ByteBuffer(bytes: frame.payload)
      for (name, value, _) in try decoder.decodeHeaders(from: &payload) {
        if name == ":status" { answer.status = Int(value) ?? 0 } else { answer.fields[name] = value }
      }
    case .data: answer.body += frame.payload
    case .reset: answer.reset = frame.errorCode
    case .goAway: goAway = frame.payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
    case .windowUpdate where frame.stream == 0: sendWindow += Int(frame.errorCode)
    case .settings where frame.flags == 0:
      // The server may have closed behind it.
      do { try send(Frame(kind: .settings, flags: 1)) } catch is RawConnection.SocketError {}
    default: return
    }
    guard frame.stream != 0 else { return }
    answers[frame.stream] = answer
    if frame.kind == .reset || frame.flags & Frame.endStream != 0 { ended.insert(frame.stream) }
  }

  /// Sends no more than the connection may have on its way, and stops where the answer is there first.
  private func send(body: [UInt8], on stream: UInt32) throws {
    var rest = body[...]
    repeat {
      let part = rest.prefix(16_384)
      while sendWindow < part.count, !ended.contains(stream) { try readOn() }
      if ended.contains(stream) { return }
      rest = rest.dropFirst(part.count)
      sendWindow -= part.count
      try send(data(Array(part), on: stream, ends: rest.isEmpty))
    } while !rest.isEmpty
  }

  /// One request, and its answer.
  func exchange(
    _ method: String = "GET", _ path: String? = "/", authority: String? = "a", fields: [(String, String)] = [],
    body: [UInt8]? = nil
  ) throws -> Answer {
    let head = try head(method, path, authority: authority, fields: fields, ends: body == nil)
    try send(head)
    if let body { try send(body: body, on: head.stream) }
    return try answer(on: head.stream)
  }
}

extension EdgeUnderTest {
  /// Blocking work with a connection of HTTP/2 of its own.
  func frames<Value: Sendable>(
    window: UInt32 = 1 << 20, _ work: @escaping @Sendable (FrameClient) throws -> Value
  ) async throws -> Value {
    try await client { try work(FrameClient($0, window: window)) }
  }
}
