import NIOCore
package import NIOHTTP1

extension HTTPExchangeRequest {
  /// The request as it goes over the wire (RFC 9112 §3, §5): head and body in one buffer, for one `write`.
  ///
  /// `Host` is added where there is none; `Content-Length` is the body's, `Transfer-Encoding` is never sent.
  /// - Throws: `invalidRequest` where a part of the head could be read as something else than what it is.
  func bytes(authority: String) throws(TransportError) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: 512 + target.utf8.count + (body?.readableBytes ?? 0))
    try buffer.write(token: method.rawValue)
    buffer.writeStaticString(" ")
    try buffer.write(token: target)
    buffer.writeStaticString(" HTTP/1.1\r\n")
    if let shared { buffer.writeImmutableBuffer(shared.bytes) }
    let writesHost = try buffer.write(fields: headers)
    if !writesHost, shared?.hasHost != true {
      buffer.writeStaticString("host: ")
      try buffer.write(token: authority)
      buffer.writeStaticString("\r\n")
    }
    guard let body, body.readableBytes > 0 || method.mayHaveContent else {
      buffer.writeStaticString(method.mayHaveContent ? "content-length: 0\r\n\r\n" : "\r\n")
      return buffer
    }
    buffer.writeStaticString("content-length: ")
    buffer.writeString(String(body.readableBytes))
    buffer.writeStaticString("\r\n\r\n")
    buffer.writeImmutableBuffer(body)
    return buffer
  }
}

/// Header fields as they go over the wire: checked and written once, sent with many requests.
package struct HTTPFieldBlock: Sendable {
  let bytes: ByteBuffer
  let hasHost: Bool

  /// - Throws: `invalidRequest` for a name or a value that cannot be sent.
  package init(_ headers: HTTPHeaders) throws(TransportError) {
    var buffer = ByteBuffer()
    hasHost = try buffer.write(fields: headers)
    bytes = buffer
  }
}

extension HTTPMethod {
  /// Whether a request of this method without content says so (RFC 9110 §8.6).
  fileprivate var mayHaveContent: Bool {
    switch self {
    case .POST, .PUT, .PATCH: true
    default: false
    }
  }
}

extension String {
  /// Whether the name of a header field is `name`, which is given in lower case.
  package func isField(_ name: StaticString) -> Bool {
    name.withUTF8Buffer { name in
      utf8.count == name.count && zip(utf8, name).allSatisfy { $0 | 0x20 == $1 || $0 == $1 }
    }
  }
}

extension ByteBuffer {
  /// Writes fields, but for those that the framing decides.
  ///
  /// - Returns: whether `Host` was among them.
  fileprivate mutating func write(fields: HTTPHeaders) throws(TransportError) -> Bool {
    var hasHost = false
    for (name, value) in fields {
      switch name.utf8.count {
      case 4 where name.isField("host"): hasHost = true
      case 14 where name.isField("content-length"), 17 where name.isField("transfer-encoding"): continue
      default: break
      }
      try write(token: name, excluding: UInt8(ascii: ":"))
      writeStaticString(": ")
      try write(fieldValue: value)
      writeStaticString("\r\n")
    }
    return hasHost
  }

  /// Writes what must not be empty, nor hold white space or a control character.
  fileprivate mutating func write(token: String, excluding excluded: UInt8 = 0) throws(TransportError) {
    let start = writerIndex
    writeString(token)
    guard writerIndex > start, lastBytes(from: start, allSatisfy: { $0 > 0x20 && $0 != 0x7f && $0 != excluded }) else {
      throw .invalidRequest
    }
  }

  /// Writes what must not hold a control character other than a tab.
  fileprivate mutating func write(fieldValue: String) throws(TransportError) {
    let start = writerIndex
    writeString(fieldValue)
    guard lastBytes(from: start, allSatisfy: { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { throw .invalidRequest }
  }

  private func lastBytes(from start: Int, allSatisfy isAllowed: (UInt8) -> Bool) -> Bool {
    viewBytes(at: start, length: writerIndex - start)?.allSatisfy(isAllowed) ?? false
  }
}
