import HTTPTypes
import Hummingbird
import NIOCore

/// How the end of an answer's body is told (RFC 9112 §6).
enum AnswerFraming: Equatable {
  /// There is no body, whatever the fields say.
  case none
  /// `Content-Length`.
  case length(Int)
  case chunked
  /// The connection ends with it: HTTP/1.0 and a length that is not known.
  case untilClose

  init(of response: Response, toHead: Bool, isHTTP11: Bool) {
    switch response.status.code {
    case _ where toHead, 100..<200, 204, 304: self = .none
    default: self = response.body.contentLength.map { .length($0) } ?? (isHTTP11 ? .chunked : .untilClose)
    }
  }
}

extension ByteBuffer {
  /// Writes the head of an answer. The fields are checked already: `HTTPFields` holds no other.
  ///
  /// - Parameters:
  ///   - common: fields that every answer has, as lines.
  ///   - keepsAlive: whether another request may follow; HTTP/1.0 has to be told if so, HTTP/1.1 if not.
  mutating func writeAnswerHead(
    _ response: Response, framing: AnswerFraming, common: ByteBuffer, keepsAlive: Bool, isHTTP11: Bool
  ) {
    if response.status.code == 200 {
      writeStaticString("HTTP/1.1 200 OK\r\n")
    } else {
      writeString("HTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)\r\n")
    }
    for field in response.headers where !field.name.isOurs || framing == .none && field.name == .contentLength {
      // The length of what GET would have answered may stay (RFC 9110 §8.6), but for statuses that never have one.
      if framing == .none, field.name == .contentLength, response.status.code == 204 || response.status.code == 304 { continue }
      writeString(field.name.rawName)
      writeStaticString(": ")
      writeString(field.value)
      writeStaticString("\r\n")
    }
    switch framing {
    case .length(let length):
      writeStaticString("Content-Length: ")
      writeString(String(length))
      writeStaticString("\r\n")
    case .chunked: writeStaticString("Transfer-Encoding: chunked\r\n")
    case .none, .untilClose: break
    }
    if !keepsAlive {
      writeStaticString("Connection: close\r\n")
    } else if !isHTTP11 {
      writeStaticString("Connection: keep-alive\r\n")
    }
    writeImmutableBuffer(common)
    writeStaticString("\r\n")
  }

  /// The first line of a chunk (RFC 9112 §7.1).
  mutating func writeChunkHead(_ size: Int) {
    writeString(String(size, radix: 16))
    writeStaticString("\r\n")
  }
}

extension HTTPField.Name {
  /// Whether the connection itself says what the field says.
  var isOurs: Bool {
    switch canonicalName.utf8.count {
    case 4: canonicalName == "date"
    case 6: canonicalName == "server"
    case 10: canonicalName == "connection" || canonicalName == "keep-alive"
    case 14: canonicalName == "content-length"
    case 17: canonicalName == "transfer-encoding"
    default: false
    }
  }
}
