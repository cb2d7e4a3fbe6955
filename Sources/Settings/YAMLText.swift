/// The bytes of a YAML file made safe for the parser: size, UTF-8, control characters, alias bombs.
enum YAMLText {
  /// Marks a repeated key so that the parser goes on, see `YAMLDocument`. A private-use character: refused in files.
  static let repeatedKeyMark: Unicode.Scalar = "\u{E000}"
  /// More aliases than this are refused before parsing: with so few, no expansion is large.
  private static let aliasLimit = 8

  static func checked(_ bytes: [UInt8]) -> Result<String, YAMLFault> {
    guard bytes.count <= ConfigurationFile.byteLimit else {
      let limit = ByteSizeText.render(ConfigurationFile.byteLimit)
      return .failure(YAMLFault(line: nil, found: "a file larger than \(limit)", allowed: "a YAML file of at most \(limit)"))
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    if let fault = characterFault(in: body) ?? aliasFault(in: body) { return .failure(fault) }
    return .success(String(decoding: body, as: UTF8.self))
  }

  /// The first byte that is not UTF-8, or the first character that is neither text nor a line break (`\n`, `\r\n`).
  private static func characterFault(in bytes: ArraySlice<UInt8>) -> YAMLFault? {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var line = 1
    var afterReturn = false
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput:
        return nil
      case .error:
        return YAMLFault(line: line, found: "bytes that are not UTF-8", allowed: "UTF-8 text")
      case .scalarValue(let scalar):
        if scalar == "\n" { line += 1 }
        if (afterReturn && scalar != "\n") || !isText(scalar) {
          let code = String(afterReturn ? 0x0D : scalar.value, radix: 16, uppercase: true)
          return YAMLFault(line: line, found: "the character U+\(code)", allowed: "printable text, spaces and line ends")
        }
        afterReturn = scalar == "\r"
      }
    }
  }

  private static func isText(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE001...0xFEFE, 0xFF00...0xFFFD: true
    case 0x10000...: true
    default: false
    }
  }

  /// Anchors together with many aliases, by the look of the text alone (comment lines left out), before anything is expanded.
  private static func aliasFault(in bytes: ArraySlice<UInt8>) -> YAMLFault? {
    var anchors = 0
    var aliases = 0
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      guard line.first(where: { $0 != UInt8(ascii: " ") }) != UInt8(ascii: "#") else { continue }
      for index in line.indices.dropLast() where isWord(line[index + 1]) {
        let startsToken = index == line.startIndex || " \t[{,-?:".utf8.contains(line[index - 1])
        anchors += startsToken && line[index] == UInt8(ascii: "&") ? 1 : 0
        aliases += startsToken && line[index] == UInt8(ascii: "*") ? 1 : 0
      }
      if anchors > 0, aliases > aliasLimit {
        return YAMLFault(line: number + 1, found: "YAML aliases", allowed: aliasesAllowed)
      }
    }
    return nil
  }

  static let aliasesAllowed = "the value itself: aliases and merge keys are not expanded"

  private static func isWord(_ byte: UInt8) -> Bool {
    byte.isDigit || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
