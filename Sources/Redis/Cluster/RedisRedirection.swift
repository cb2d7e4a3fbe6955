/// "The key lives elsewhere": `MOVED 3999 127.0.0.1:6381`, or `ASK` while its slot is on the way.
package struct RedisRedirection: Sendable, Hashable {
  enum Kind: Sendable, Hashable { case moved, ask }

  let kind: Kind
  let slot: UInt16
  /// Empty: the host of the node that said so.
  let host: String
  let port: Int

  /// Nil for what is not such a text.
  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3, let slot = UInt16(words[1]), slot < RedisHashSlot.count else { return nil }
    guard let colon = words[2].lastIndex(of: ":"), let port = Int(words[2][words[2].index(after: colon)...]) else { return nil }
    guard 1...65_535 ~= port, colon.utf16Offset(in: words[2]) <= 253 else { return nil }
    switch words[0] {
    case "MOVED": kind = .moved
    case "ASK": kind = .ask
    default: return nil
    }
    self.slot = slot
    self.port = port
    let host = words[2][..<colon]
    // A node that does not know its own name says `?`.
    self.host = host == "?" ? "" : String(host)
  }

  /// Where to, for a node that is at `origin`.
  func endpoint(seenFrom origin: RedisEndpoint) -> RedisEndpoint {
    .tcp(host: host.isEmpty ? origin.host ?? "127.0.0.1" : host, port: port)
  }
}
