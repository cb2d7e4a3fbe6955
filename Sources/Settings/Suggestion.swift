/// "Did you mean": the known name nearest to a mistyped one.
enum Suggestion {
  /// The first of the nearest names within 1 edit (2 or 3 letters), 2 (4 to 7) or 3 (more); nil if there is none.
  static func nearest(to name: String, among names: [String]) -> String? {
    let typed = Array(name.utf8)
    let reach = typed.count < 2 ? 0 : typed.count <= 3 ? 1 : typed.count <= 7 ? 2 : 3
    let near = names.lazy.map { (name: $0, letters: Array($0.utf8)) }
      .filter { abs($0.letters.count - typed.count) <= reach }
      .map { (name: $0.name, distance: distance(typed, $0.letters)) }
      .filter { $0.distance <= reach }
    return near.min { $0.distance < $1.distance }?.name
  }

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), over bytes.
  static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for row in one.indices {
      var current = [row + 1]
      for column in other.indices {
        let substituted = last[column] + (one[row] == other[column] ? 0 : 1)
        var best = min(substituted, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[other.count]
  }
}
