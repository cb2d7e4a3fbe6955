/// What can be selected from a document, as far as we know it, and which sections each of it is made from.
package struct FieldCatalogue: Sendable {
  /// Paths in one list of fields.
  package static let maximumPaths = 128
  /// Names in one path.
  package static let maximumDepth = 16

  struct Node: Sendable {
    enum Below: Sendable {
      /// A value, or something that is given whole or not at all.
      case nothing
      /// Whatever an upstream has there.
      case anything
      case members([String: Node])
    }

    /// The sections that have to be asked for it.
    var needs: Set<String> = []
    var below = Below.nothing
  }

  private let root: Node

  init(_ members: [String: Node]) { root = Node(below: .members(members)) }

  /// Reads a list of dotted paths with commas between them, such as `users.email,metrics.items.views`.
  ///
  /// - Parameter list: percent-decoded.
  package func selection(_ list: some Sequence<UInt8>) throws(FieldFault) -> FieldSelection {
    var selection = FieldSelection.none
    let paths = Array(list).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard paths.count <= Self.maximumPaths else { throw .tooMany }
    for path in paths {
      let names = path.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
      guard names.count <= Self.maximumDepth else { throw .tooMany }
      guard String(validating: path, as: UTF8.self) != nil, names.allSatisfy({ !$0.isEmpty }) else {
        throw .malformed(path: Self.shown(path))
      }
      guard find(names[...], from: root) != nil else { throw .unknown(path: Self.shown(path)) }
      selection = selection.adding(names[...])
    }
    return selection
  }

  /// The sections that have to be asked; nil where nothing that is selected tells: then it is about all of them.
  func needs(of selection: FieldSelection) -> Set<String>? {
    let needs = needs(of: selection, root)
    return needs.isEmpty ? nil : needs
  }

  private func needs(of selection: FieldSelection, _ node: Node) -> Set<String> {
    guard case .members(let wanted) = selection, case .members(let known) = node.below else { return node.needs }
    return wanted.reduce(into: []) { needs, member in
      guard let below = known[String(decoding: member.name, as: UTF8.self)] else { return }
      needs.formUnion(self.needs(of: member.selection, below))
    }
  }

  private func find(_ path: ArraySlice<[UInt8]>, from node: Node) -> Node? {
    guard let name = path.first else { return node }
    switch node.below {
    case .nothing: return nil
    case .anything: return node
    case .members(let members):
      // By bytes: `String` would find texts equal that only look alike.
      guard let member = members.first(where: { $0.key.utf8.elementsEqual(name) }) else { return nil }
      return find(path.dropFirst(), from: member.value)
    }
  }

  /// As much of it as an error shows.
  private static func shown(_ path: ArraySlice<UInt8>) -> String { String(decoding: path.prefix(100), as: UTF8.self) }
}
