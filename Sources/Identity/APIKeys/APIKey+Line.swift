import Resilience

/// A key as a line of the file: one JSON object.
extension APIKey {
  var line: String {
    let scopes = scopes.map(\.description).sorted().map { "\"\($0)\"" }.joined(separator: ",")
    let expires = expires.map { ",\"expires\":\"\($0.rfc3339)\"" } ?? ""
    // Nothing in it needs an escape: names, ids and scopes are of few characters.
    return "{\"name\":\"\(name)\",\"id\":\"\(id)\",\"salt\":\"\(Base64URL.encode(salt))\",\"hash\":\"\(Base64URL.encode(hash))\","
      + "\"scopes\":[\(scopes)],\"created\":\"\(created.rfc3339)\"\(expires)}"
  }

  private static let members: Set = ["name", "id", "salt", "hash", "scopes", "created", "expires"]

  /// Nil for what is no key, or has members that we do not know: they might mean that it is restricted.
  init?(line: [UInt8]) {
    guard let members = StrictJSON(line)?.members, Self.members.isSuperset(of: members.keys) else { return nil }
    func bytes(_ name: String) -> [UInt8]? { members[name]?.string.flatMap { Base64URL.decode($0.utf8) } }
    func time(_ name: String) -> Timestamp? { members[name]?.string.flatMap(Timestamp.init(rfc3339:)) }
    guard let name = members["name"]?.string, Self.isName(name), let id = members["id"]?.string, APIKeyText.isID(id),
      let salt = bytes("salt"), salt.count >= 16, let hash = bytes("hash"), hash.count == 32, let created = time("created"),
      let words = members["scopes"]?.strings
    else { return nil }
    let scopes = words.compactMap(APIKeyScope.init)
    guard scopes.count == words.count, APIKeyScope.fault(in: Set(scopes)) == nil else { return nil }
    if members["expires"] != nil, time("expires") == nil { return nil }
    self.init(name: name, scopes: Set(scopes), created: created, expires: time("expires"), id: id, salt: salt, hash: hash)
  }
}
