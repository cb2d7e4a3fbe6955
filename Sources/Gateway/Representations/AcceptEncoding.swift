import HTTPTypes

/// The codings that a client accepts (`Accept-Encoding`, RFC 9110 §12.5.3), each with its weight.
///
/// A member that is malformed is as if it were not there. Of a coding that is named twice the lower weight counts, so
/// that what is forbidden stays so; `x-gzip` is gzip (§8.4.1.3).
struct AcceptEncoding: Equatable, Sendable {
  /// In thousandths, −1 for what is not named; by the number of the coding, and at ``others`` for `*`.
  private var weights = SIMD4<Int16>(repeating: -1)
  private static let others = 3

  init(_ fields: HTTPFields) { self.init(value: fields.list(.acceptEncoding)) }

  /// - Parameter value: the field, several joined to one list; nil if there is none.
  init(value: String?) {
    guard let value else { return }
    var members = FieldMembers(value)
    while members.toNextMember() {
      read(&members)
      members.skipMember()
    }
  }

  private mutating func read(_ members: inout FieldMembers) {
    let name = members.take(while: FieldMembers.isTokenByte)
    guard let place = Self.place(of: name), let weight = members.weight() else { return }
    weights[place] = weights[place] < 0 ? weight : min(weights[place], weight)
  }

  /// Nil for a coding that is not known here.
  private static func place(of name: Substring.UTF8View) -> Int? {
    switch name.count {
    case 1 where name.first == UInt8(ascii: "*"): others
    case 2 where name.isName("br"): Int(ContentCoding.br.rawValue)
    case 4 where name.isName("gzip"): Int(ContentCoding.gzip.rawValue)
    case 6 where name.isName("x-gzip"): Int(ContentCoding.gzip.rawValue)
    case 8 where name.isName("identity"): Int(ContentCoding.identity.rawValue)
    default: nil
    }
  }
}

extension AcceptEncoding {
  /// The coding of greatest weight; of equal ones br before gzip before the identity.
  ///
  /// Without the field it is the identity: everything is acceptable then, and who says nothing is most often a tool that decodes nothing.
  /// The identity is acceptable unless it is forbidden, by its name or by `*`, but comes after everything that is named. If nothing
  /// is acceptable it is the identity too: §12.5.3 leaves that open, and §12.4.1 allows a server to disregard the field; a dashboard that
  /// can be read is worth more to anybody than a 406.
  var preferred: ContentCoding {
    var best = (coding: ContentCoding.identity, weight: weight(of: .identity))
    for coding in [ContentCoding.gzip, .br] {
      let weight = weight(of: coding)
      if weight > 0, weight >= best.weight { best = (coding, weight) }
    }
    return best.coding
  }

  /// Whether it may be used, wanted most or not.
  func accepts(_ coding: ContentCoding) -> Bool { weight(of: coding) > 0 }

  /// In thousandths; 0 is never to be used.
  private func weight(of coding: ContentCoding) -> Int16 {
    let named = weights[Int(coding.rawValue)]
    if named >= 0 { return named }
    if weights[Self.others] >= 0 { return weights[Self.others] }
    // One thousandth is the least that one can name, and loses against what is named as low.
    return coding == .identity ? 1 : 0
  }
}

extension Substring.UTF8View {
  /// Whether these bytes are `name`, which is in lower case, in any case.
  fileprivate func isName(_ name: StaticString) -> Bool {
    name.withUTF8Buffer { name in
      elementsEqual(name) { byte, wanted in
        byte == wanted || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && byte | 0x20 == wanted
      }
    }
  }
}
