import Clients
import RawJSON
import Settings

extension SectionDefinition {
  /// The parameters that have a meaning already.
  package static let reservedParameters: Set<String> = ["user_id", "fields", "top", "limit", "section", "cursor", "explain"]

  /// `fields`, `paged` and `filters` of `sections.<name>`: what a client may select, page and filter.
  mutating func readSelection(_ settings: SettingsReader, default base: SectionDefinition?) {
    fields = settings.strings(
      "fields", default: base?.fields ?? [], each: "a name, or names with dots between them", where: Self.isPath)
    let hasList = everything.shape.rows != .none
    isPaged = settings.flag("paged", default: base?.isPaged == true && hasList)
    if isPaged, !hasList {
      settings.problem(
        "paged", found: "true without a list", allowed: "true only where the section is a list, or has one among its members")
    }
    let texts = settings.strings(
      "filters", default: base?.filters.map(\.configured) ?? [],
      each: "`parameter kind member`, with a kind of \(SectionFilter.kinds)",
      where: { SectionFilter(configured: $0) != nil })
    filters = texts.compactMap { SectionFilter(configured: $0) }
    if Set(filters.map(\.parameter)).count < filters.count {
      settings.problem("filters", found: "a parameter that stands twice", allowed: "each once")
    }
    let bodies = [everything.template, oneUser.template].filter { $0.method != .get }.map { $0.body ?? "" }
    if !filters.isEmpty, bodies.contains(where: { !$0.isObject }) {
      settings.problem("filters", found: "a body that is no object", allowed: "filters only for GET, or with a body {…}")
    }
  }

  private static func isPath(_ text: String) -> Bool {
    !text.utf8.contains(UInt8(ascii: ","))
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 }
      }
  }
}

extension SectionFilter {
  fileprivate static let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")

  fileprivate var configured: String { "\(parameter) \(kind.rawValue) \(member)" }

  /// `date_from date datePostedFrom`.
  fileprivate init?(configured text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 3, let kind = Kind(rawValue: words[1]), Self.isName(words[0], "_"), Self.isName(words[2], "_-."),
      !SectionDefinition.reservedParameters.contains(words[0])
    else { return nil }
    self.init(words[0], kind, words[2])
  }

  private static func isName(_ text: String, _ more: String) -> Bool {
    text.utf8.count <= 64
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: more.utf8.contains(byte)
        }
      }
  }
}

extension String {
  fileprivate var isObject: Bool {
    let text = trimmed
    return text.hasPrefix("{") && text.hasSuffix("}")
  }

  private var trimmed: Substring {
    let front = drop(while: \.isWhitespace)
    return front.lastIndex { !$0.isWhitespace }.map { front[...$0] } ?? ""
  }
}
