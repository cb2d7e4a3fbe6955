import NIOCore
import NIOHTTP1

/// A response of a service, ready to be written any number of times without a copy.
struct Answer: Sendable {
  /// What a client expects of the body; faults that send something else need to know.
  enum Shape: Sendable { case list, object, text }

  /// How the end of the body is found.
  enum Framing {
    case contentLength(Int)
    case chunked
  }

  /// What is said about the connection.
  enum Persistence {
    /// HTTP/1.1: it stays open, which needs no words.
    case implied
    /// HTTP/1.0 with `Connection: keep-alive`.
    case announced
    /// It is closed after this answer.
    case closing
  }

  let status: Int
  let shape: Shape
  let body: ByteBuffer
  /// The common head: `Content-Length`, HTTP/1.1, the connection stays open.
  let head: ByteBuffer
  private let fields: String

  /// - Parameters:
  ///   - contentType: absent in the head if nil.
  ///   - fields: further header fields.
  init(status: Int = 200, shape: Shape, contentType: String?, fields: [(name: String, value: String)] = [], body: ByteBuffer) {
    self.status = status
    self.shape = shape
    self.body = Self.allowsBody(status) ? body : ByteBuffer()
    var lines = contentType.map { "content-type: \($0)\r\n" } ?? ""
    for field in fields { lines += "\(field.name): \(field.value)\r\n" }
    self.fields = lines
    head = Self.head(status: status, fields: lines, framing: .contentLength(self.body.readableBytes), persistence: .implied)
  }

  /// A head in other words than the common one.
  func head(_ framing: Framing, _ persistence: Persistence) -> ByteBuffer {
    Self.head(status: status, fields: fields, framing: framing, persistence: persistence)
  }

  /// Whether a response of that status may have a body (RFC 9110, section 6.4.1).
  static func allowsBody(_ status: Int) -> Bool { status != 204 && status != 304 }

  private static func head(status: Int, fields: String, framing: Framing, persistence: Persistence) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 160 + fields.utf8.count)
    bytes.writeString("HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n")
    bytes.writeString(fields)
    switch framing {
    case .contentLength(let count): if allowsBody(status) { bytes.writeString("content-length: \(count)\r\n") }
    case .chunked: bytes.writeStaticString("transfer-encoding: chunked\r\n")
    }
    switch persistence {
    case .implied: break
    case .announced: bytes.writeStaticString("connection: keep-alive\r\n")
    case .closing: bytes.writeStaticString("connection: close\r\n")
    }
    bytes.writeStaticString("\r\n")
    return bytes
  }
}
