/// An error that the server has answered with: a word in capitals, then a text.
package struct RedisErrorReply: Sendable, Equatable {
  /// The whole line. It may repeat what was sent, keys and passwords too: never for a log.
  let text: String

  init(_ text: String) { self.text = text }

  /// The first word where it is one in capitals, at most 24 bytes; `ERR` for everything else. Fit for a log.
  package var code: String {
    let word = text.prefix { $0 != " " }
    let isCode = word.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    return isCode && 1...24 ~= word.utf8.count ? String(word) : "ERR"
  }

  /// What it means for the caller.
  var error: RedisError {
    switch code {
    case "NOAUTH", "WRONGPASS", "DENIED": .authentication
    case "READONLY": .readOnly
    case "OOM": .outOfMemory
    case "MOVED", "ASK": RedisRedirection(text).map { .moved($0) } ?? .serverError(code: code)
    default: .serverError(code: code)
    }
  }
}
