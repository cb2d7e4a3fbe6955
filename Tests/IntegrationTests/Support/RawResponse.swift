import NIOCore

/// An answer as it came over the wire.
struct RawResponse: Sendable {
  var status: Int
  var fields: [(name: String, value: String)]
  var body: [UInt8] = []
  /// From the last byte sent to the last byte read.
  var took = Duration.zero

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The value of the first field of that name (lower case), nil if there is none.
  subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

  func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  /// The body as strict JSON.
  var json: JSON { get throws { try JSON(parsing: body) } }
}

/// Reads responses from bytes, knowing nothing that is not in RFC 9112.
struct ResponseParser {
  struct Malformed: Error {
    let found: String
  }

  /// One whole response, nil if there are not enough bytes yet.
  static func next(from buffer: inout ByteBuffer, toHead: Bool) throws -> RawResponse? {
    var rest = buffer
    while var response = try head(from: &rest) {
      if (100..<200).contains(response.status) { continue }
      if !toHead, response.status != 204, response.status != 304 {
        guard let body = try body(of: response, from: &rest) else { return nil }
        response.body = body
      }
      buffer = rest
      return response
    }
    return nil
  }

  private static func head(from buffer: inout ByteBuffer) throws -> RawResponse? {
    let view = buffer.readableBytesView
    guard let end = endOfHead(view) else { return nil }
    let text = String(decoding: view[..<end], as: UTF8.self)
    buffer.moveReaderIndex(to: end)
    let lines = text.split(separator: "\r\n")
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0] == "HTTP/1.1", words[1].count == 3, let status = Int(words[1]) else {
      throw Malformed(found: String(text.prefix(200)))
    }
    let fields = try lines.dropFirst().map { line in
      guard let colon = line.firstIndex(of: ":") else { throw Malformed(found: String(line)) }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (line[..<colon].lowercased(), String(value))
    }
    return RawResponse(status: status, fields: fields)
  }

  private static func endOfHead(_ view: ByteBufferView) -> Int? {
    var index = view.startIndex
    while index + 4 <= view.endIndex {
      if view[index] == 13, view[index + 1] == 10, view[index + 2] == 13, view[index + 3] == 10 { return index + 4 }
      index += 1
    }
    return nil
  }

  private static func body(of response: RawResponse, from buffer: inout ByteBuffer) throws -> [UInt8]? {
    if let length = response["content-length"] {
      guard let count = Int(length), count >= 0 else { throw Malformed(found: length) }
      return buffer.readBytes(length: count)
    }
    guard response["transfer-encoding"] == "chunked" else { throw Malformed(found: "neither a length nor chunks") }
    var body: [UInt8] = []
    while let newline = buffer.readableBytesView.firstIndex(of: 10) {
      let line = buffer.readString(length: newline + 1 - buffer.readerIndex) ?? ""
      guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else { throw Malformed(found: line) }
      guard let chunk = buffer.readBytes(length: size + 2) else { return nil }
      if size == 0 { return body }
      body += chunk.dropLast(2)
    }
    return nil
  }
}
