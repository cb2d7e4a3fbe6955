import Glibc
package import Resilience

/// What `tributary keys` does to the file. Two of them at once do not undo each other, and a reader sees the file as it was before
/// or as it is after.
extension APIKeyFile {
  /// Puts a new key into the file, which is made where there is none.
  ///
  /// - Parameter tell: gives the key to its owner, when it is on the disk but not yet in the file; false where that failed, and then the file
  ///   stays as it was: a key that nobody has is of no use to anybody.
  /// - Returns: the key as its owner needs it. It is nowhere else, and cannot be had again.
  @discardableResult
  package func add(
    name: String, scopes: Set<APIKeyScope>, expires: Timestamp?, at now: Timestamp, tell: (String) -> Bool = { _ in true }
  ) throws(Fault) -> String {
    guard APIKey.isName(name) else { throw Fault(reason: "cannot hold that name") }
    if let fault = APIKeyScope.fault(in: scopes) { throw Fault(reason: "cannot hold a key with \(fault)") }
    var random = SystemRandomNumberGenerator()
    let text = APIKeyText(using: &random)
    let salt = (0..<16).map { _ in UInt8.random(in: 0...UInt8.max, using: &random) }
    let key = APIKey(
      name: name, scopes: scopes, created: now, expires: expires, id: text.id, salt: salt,
      hash: APIKey.hash(text.secret, salt: salt))
    try edit { keys throws(Fault) in
      guard !keys.contains(where: { $0.name == name }) else { throw Fault(reason: "has a key of that name already") }
      keys.append(key)
    } before: { () throws(Fault) in
      guard tell(text.text) else { throw Fault(reason: "stays as it was: the key cannot be printed") }
    }
    return text.text
  }

  /// Takes the key of that name out of the file.
  package func revoke(name: String) throws(Fault) {
    try edit { keys throws(Fault) in
      guard let place = keys.firstIndex(where: { $0.name == name }) else { throw Fault(reason: "has no key of that name") }
      keys.remove(at: place)
    }
  }

  private var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// - Parameter before: done before the file is another one; where it throws, the file stays as it was.
  private func edit(
    _ change: (inout [APIKey]) throws(Fault) -> Void, before: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Self.fault("is in a folder that cannot be opened") }
    defer { close(folder) }
    // Let go of when the descriptor is closed.
    guard flock(folder, LOCK_EX) == 0 else { throw Self.fault("is in a folder that cannot be locked") }
    var keys: [APIKey] = []
    do throws(Fault) { keys = try read() } catch { if error != .missing { throw error } }
    try change(&keys)
    try replace(with: keys.map { "\($0.line)\n" }.joined(), before)
    fsync(folder)
  }

  /// Writes it beside the file, and then in its place: whatever fails, the file is as it was. 0600: only hashes are in it, but the names and
  /// scopes are nobody's business.
  private func replace(with text: String, _ before: () throws(Fault) -> Void) throws(Fault) {
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Self.fault("cannot be written") }
    let isWritten = fchmod(descriptor, 0o600) == 0 && Self.write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
    let why = Self.fault("stays as it was: it cannot be written")
    let isClosed = close(descriptor) == 0
    do throws(Fault) {
      guard isWritten else { throw why }
      guard isClosed else { throw Self.fault("stays as it was: it cannot be written") }
      try before()
      guard rename(template, path) == 0 else { throw Self.fault("stays as it was: it cannot be replaced") }
    } catch {
      unlink(template)
      throw error
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else if count == 0 || errno != EINTR { return false }
    }
    return true
  }

  private static func fault(_ what: String) -> Fault {
    Fault(reason: "\(what) (\(String(cString: strerror(errno)).lowercased()))")
  }
}
