/// Any JSON, strictly read. Numbers stay as they were written; members keep their order.
indirect enum JSON: Sendable, Equatable {
  struct Member: Sendable, Equatable {
    let key: String
    let value: JSON
    /// Where the value stands in the bytes.
    let source: Range<Int>

    static func == (left: Member, right: Member) -> Bool { left.key == right.key && left.value == right.value }
  }

  case null
  case boolean(Bool)
  case number(String)
  case text(String)
  case list([JSON])
  case object([Member])

  subscript(_ key: String) -> JSON? {
    if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
  }

  subscript(_ index: Int) -> JSON? {
    if case .list(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
  }

  var keys: [String]? {
    if case .object(let members) = self { members.map(\.key) } else { nil }
  }

  var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  var list: [JSON]? {
    if case .list(let elements) = self { elements } else { nil }
  }

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  /// The number as a double; infinite where it is too big for one.
  var double: Double? {
    if case .number(let text) = self { Double(text) } else { nil }
  }

  /// The number, if it is written as an integer and fits.
  var int: Int? {
    if case .number(let text) = self { Int(text) } else { nil }
  }

  var isNumber: Bool {
    if case .number = self { true } else { false }
  }

  /// The words of `services_status` and such: an object of texts.
  var words: [String: String] {
    Dictionary(members.compactMap { member in member.value.text.map { (member.key, $0) } }) { first, _ in first }
  }
}
