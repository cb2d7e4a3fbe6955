extension SettingsReader {
  /// More names than this under one key are refused: each costs the reading of a whole part.
  private static let nameLimit = 1_000

  /// The names of the parts under a key, such as `upstreams`: the defaults in their order, then what the file adds, in its order.
  ///
  /// The environment and options can override keys of these parts but add no part. A name is a lower-case letter, then at most
  /// 62 lower-case letters, digits and underscores; others are problems and left out.
  package func names(under key: String, defaults: [String] = []) -> [String] {
    let path = path(of: key)
    record.registerBranch(path)
    let prefix = path.joined(separator: ".")
    var names = defaults
    if case .mapping(let added) = record.file.entries[prefix]?.value {
      let known = Set(defaults)
      names += added.filter { !known.contains($0) && isName($0, under: path) }
    }
    if names.count > Self.nameLimit {
      record.report(path, at: nil, found: "\(names.count) parts", allowed: "at most \(Self.nameLimit)")
      for name in names.dropFirst(Self.nameLimit) { record.refuse("\(prefix).\(name)") }
      names = Array(names.prefix(Self.nameLimit))
    }
    for name in names { record.registerBranch(path + [name]) }
    return names
  }

  private func isName(_ name: String, under path: [String]) -> Bool {
    let isLetter = { (byte: UInt8) in UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }
    let isGood = name.utf8.allSatisfy { isLetter($0) || $0.isDigit || $0 == UInt8(ascii: "_") }
    if isGood, name.utf8.count <= 63, name.utf8.first.map(isLetter) == true { return true }
    let key = (path + [name]).joined(separator: ".")
    record.refuse(key)
    record.report(
      path + [name], at: record.file.entries[key].map { .file(line: $0.line) }, found: "the name \(Wording.quoted(name))",
      allowed: "a lower-case letter, then at most 62 lower-case letters, digits and underscores")
    return false
  }
}
