import HTTPTypes

/// What a client prefers (`Prefer`, RFC 7240), as far as it is understood here.
struct Preferences: Equatable {
  /// `wait=N`: answer within N seconds, with what there is by then (§4.3).
  var wait: UInt32?
  /// `handling=strict`: rather a refusal than an answer that lacks something (§4.4).
  var isStrict = false

  private var handling: Substring?

  init(_ fields: HTTPFields) {
    for value in fields[values: .prefer] {
      for preference in value.split(separator: ",") { read(preference) }
    }
  }

  /// A preference that stands twice counts as it stands first (§2).
  private mutating func read(_ preference: Substring) {
    // What comes after a semicolon are parameters; none has a meaning here.
    let parts = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(Self.trimmed)
    guard let name = parts.first?.lowercased(), let value = parts.dropFirst().first.map(Self.unquoted) else { return }
    switch name {
    case "wait" where wait == nil: wait = value.allSatisfy(\.isASCIIDigit) ? UInt32(value) : nil
    case "handling" where handling == nil:
      handling = value
      isStrict = value.lowercased() == "strict"
    default: break
    }
  }

  /// `Preference-Applied` (§3); nil where nothing was preferred that is understood.
  var applied: String? {
    var applied: [String] = []
    if let wait { applied.append("wait=\(wait)") }
    if isStrict { applied.append("handling=strict") }
    return applied.isEmpty ? nil : applied.joined(separator: ", ")
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let front = text.drop(while: isSpace)
    guard let end = front.lastIndex(where: { !isSpace($0) }) else { return "" }
    return front[...end]
  }

  private static func unquoted(_ text: Substring) -> Substring {
    text.count >= 2 && text.first == "\"" && text.last == "\"" ? text.dropFirst().dropLast() : text
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

extension HTTPField.Name {
  static let prefer = HTTPField.Name("Prefer")!
  static let preferenceApplied = HTTPField.Name("Preference-Applied")!
}
