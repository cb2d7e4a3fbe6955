import RawJSON

/// What of a value is wanted: all of it, or some of its members. Where a list is, it is meant of each of its elements.
package indirect enum FieldSelection: Sendable, Equatable {
  case whole
  /// In the order of their names' bytes, no name twice.
  case members([Member])

  package struct Member: Sendable, Equatable {
    /// UTF-8.
    let name: [UInt8]
    var selection: FieldSelection
  }

  /// Nothing yet.
  static let none = FieldSelection.members([])

  /// The same, and what is at the end of that path. What is wanted whole stays so.
  func adding(_ path: ArraySlice<[UInt8]>) -> FieldSelection {
    guard case .members(var members) = self, let name = path.first else { return .whole }
    let rest = path.dropFirst()
    let place = members.firstIndex { !$0.name.lexicographicallyPrecedes(name) } ?? members.count
    if place < members.count, members[place].name == name {
      members[place].selection = members[place].selection.adding(rest)
    } else {
      members.insert(Member(name: name, selection: Self.none.adding(rest)), at: place)
    }
    return .members(members)
  }

  func adding(_ path: String...) -> FieldSelection { adding(path.map { Array($0.utf8) }[...]) }

  /// What of a member is wanted; nil if it is not.
  func member(_ name: String) -> FieldSelection? { member(Array(name.utf8)) }

  func member(_ name: [UInt8]) -> FieldSelection? {
    switch self {
    case .whole: .whole
    case .members(let members): members.first { $0.name == name }?.selection
    }
  }

  /// One text for equal selections, and for no others.
  package var canonical: [UInt8] {
    var text: [UInt8] = []
    write(to: &text)
    return text
  }

  /// A name has none of the separators in it that stand here for the end of one and of a list.
  private func write(to text: inout [UInt8]) {
    guard case .members(let members) = self else { return }
    for member in members {
      text += member.name
      text.append(UInt8(ascii: "."))
      member.selection.write(to: &text)
      text.append(UInt8(ascii: ","))
    }
  }
}

extension [FieldSelection.Member] {
  /// The one of that name.
  @inline(__always)
  func first(named name: JSONText) -> FieldSelection.Member? {
    if name.hasEscapes { return name.withBytes { bytes in first { $0.name.elementsEqual(bytes) } } }
    let (raw, count) = (name.raw, name.raw.count)
    for place in indices where self[place].name.count == count && self[place].name.elementsEqual(raw) { return self[place] }
    return nil
  }
}
