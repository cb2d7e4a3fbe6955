import Glibc
import Synchronization

/// A blocking HTTP client over one socket that hides nothing: no retries, no reconnects. Reads give up after 10 s.
package final class RawConnection: Sendable {
  package struct SocketError: Error, Equatable {
    package let call: String
    package let code: Int32

    package init(call: String, code: Int32) {
      self.call = call
      self.code = code
    }
  }

  /// How the bytes ended.
  package enum End: Equatable { case closed, reset, timedOut }

  package struct Response {
    package var status: Int
    package var fields: [String: String]
    package var body: [UInt8]
    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// The bytes are not the response that they promised to be.
  package struct Malformed: Error {
    package let received: String
    package let end: End
  }

  private let socket: Int32
  private let buffer = Mutex<[UInt8]>([])
  private let isOpen = Atomic<Bool>(true)

  /// - Parameter receiveBuffer: bytes that the kernel may keep for a reader that does not read; nil leaves it to the kernel.
  package init(port: Int, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var size = receiveBuffer { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr(host)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 {
      let code = errno
      close()
      throw SocketError(call: "connect", code: code)
    }
  }

  deinit { close() }

  /// Closes the sending side; what comes can still be read.
  package func closeOutput() { shutdown(socket, Int32(SHUT_WR)) }

  /// Leaves with a reset, whatever there is still to be read.
  package func reset() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Sends what can be sent: a peer that answers before it has read everything may close meanwhile.
  package func sendLeniently(_ text: String) {
    do { try send(text) } catch { return }
  }

  package func close() {
    if isOpen.exchange(false, ordering: .sequentiallyConsistent) { Glibc.close(socket) }
  }

  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { throw SocketError(call: "send", code: errno) }
      sent += count
    }
  }

  /// Sends a request; a body gets its `Content-Length`.
  package func request(_ method: String, _ path: String, fields: [String: String] = [:], body: String = "") throws {
    var text = "\(method) \(path) HTTP/1.1\r\nhost: test\r\n"
    for (name, value) in fields { text += "\(name): \(value)\r\n" }
    if !body.isEmpty { text += "content-length: \(body.utf8.count)\r\n" }
    try send(text + "\r\n" + body)
  }

  /// The head of a response, informational ones too.
  package func head() throws -> String { try text(through: "\r\n\r\n") }

  /// One whole response, by `Content-Length` or in chunks.
  package func response(toHead: Bool = false) throws -> Response {
    var head = try head()
    while head.hasPrefix("HTTP/1.1 1") { head = try self.head() }
    let lines = head.split(separator: "\r\n")
    let status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    var response = Response(status: status, fields: [:], body: [])
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      response.fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    if toHead || status == 204 { return response }
    if response.fields["transfer-encoding"] == "chunked" {
      repeat {
        let line = try text(through: "\r\n")
        guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else { throw Malformed(received: line, end: .closed) }
        let chunk = try bytes(size + 2).dropLast(2)
        if chunk.isEmpty { return response }
        response.body += chunk
      } while true
    }
    response.body = try bytes(Int(response.fields["content-length"] ?? "") ?? 0)
    return response
  }

  package func exchange(_ method: String, _ path: String, fields: [String: String] = [:], body: String = "") throws -> Response {
    try request(method, path, fields: fields, body: body)
    return try response(toHead: method == "HEAD")
  }

  /// Whether something is there to be read, after waiting so long for it.
  package func hasBytes(within milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, milliseconds) > 0
  }

  /// Everything until the connection ends.
  package func rest() -> (bytes: [UInt8], end: End) {
    while true {
      if let end = receive() {
        return (take(.max), end)
      }
    }
  }

  /// So many bytes, no more.
  package func bytes(_ count: Int) throws -> [UInt8] {
    while received.count < count {
      if let end = receive() { throw Malformed(received: String(decoding: received.prefix(200), as: UTF8.self), end: end) }
    }
    return take(count)
  }

  private var received: [UInt8] { buffer.withLock { $0 } }

  private func take(_ count: Int) -> [UInt8] {
    buffer.withLock { buffer in
      let taken = Array(buffer.prefix(count))
      buffer.removeFirst(taken.count)
      return taken
    }
  }

  /// Everything up to the mark, and the mark.
  package func text(through mark: String) throws -> String {
    let mark = Array(mark.utf8)
    var from = 0
    while true {
      let received = received
      while from + mark.count <= received.count {
        if received[from..<(from + mark.count)].elementsEqual(mark) {
          return String(decoding: take(from + mark.count), as: UTF8.self)
        }
        from += 1
      }
      if let end = receive() { throw Malformed(received: String(decoding: received.prefix(200), as: UTF8.self), end: end) }
    }
  }

  /// Waits for more bytes; nil if some came.
  private func receive() -> End? {
    let received = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { space -> Int in
      let count = recv(socket, space.baseAddress, space.count, 0)
      if count > 0 { buffer.withLock { $0.append(contentsOf: space[..<count]) } }
      return count
    }
    if received > 0 { return nil }
    if received == 0 { return .closed }
    return errno == ECONNRESET ? .reset : .timedOut
  }
}
