import TestSupport

/// Spoils documents, the same way for the same seed.
struct Mutator {
  private var random: SeededGenerator

  private static let pieces: [String] = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", ".", "e", "E+", " ", "\n", "\t", "null", "true", "false", "{}", "[]",
    "\"\"", "\"a\":1,", ",1", ",{}", "\\u00e9",
    "\\ud83d", "\\ude00", "\\u0065", "\\n", "\\x", "\u{0}", "\u{1F}", "\u{0C}", "\u{7F}", "é", "😀", "9223372036854775807",
    "-9223372036854775808", "1e999", "1e300",
    "-0.0", "123456789012345678901234567890", "0.1", "00", "\"views\":5", "\"items\":[{\"vi\\u0065ws\":3}]", "\"a\":[],",
    "\"b\\u0009c\":1,", "\u{FEFF}", "/", "'", "  ",
  ]

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
  }

  /// One to three changes, or none at all now and then.
  mutating func mutated(_ document: [UInt8]) -> [UInt8] {
    var bytes = document
    for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
      change(&bytes)
    }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let piece = Array(Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)].utf8)
    let end = min(bytes.count, place + Int.random(in: 1...6, using: &random))
    switch Int.random(in: 0..<9, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.replaceSubrange(place..<end, with: piece)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.removeSubrange(place...)
    case 5: replaceToken(&bytes, near: place, with: piece)
    default: bytes.insert(contentsOf: piece, at: place)
    }
  }

  /// A whole token after a colon or comma, so that many documents stay valid.
  private func replaceToken(_ bytes: inout [UInt8], near place: Int, with piece: [UInt8]) {
    let ends: [UInt8] = Array(",:]}".utf8)
    guard let start = bytes[place...].firstIndex(where: ends.contains), start + 1 < bytes.count else { return }
    guard let end = bytes[(start + 1)...].firstIndex(where: ends.contains) else { return }
    bytes.replaceSubrange((start + 1)..<end, with: piece)
  }
}
