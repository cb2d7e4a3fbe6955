package import Caching
package import Clients
import RawJSON
package import Settings

extension SectionDefinition {
  /// Every section: the defaults, as the configuration changes them, then those that it adds, in its order.
  ///
  /// - Parameters:
  ///   - upstreams: those that a section may refer to.
  ///   - cache: what holds for sections that do not say otherwise.
  package static func all(
    reading settings: SettingsReader, upstreams: [UpstreamDefinition], cache: CachePolicy = CachePolicy()
  ) -> [SectionDefinition] {
    settings.names(under: "sections", defaults: defaults.map(\.name)).map { name in
      if name == "metadata" {
        settings.problem("sections.metadata", found: "the name metadata", allowed: "another name: metadata is always there")
      }
      return SectionDefinition(
        reading: settings.scope("sections", name), name: name, default: defaults.first { $0.name == name }, upstreams: upstreams,
        cache: cache)
    }
  }

  /// `sections.<name>`.
  private init(
    reading settings: SettingsReader, name: String, default base: SectionDefinition?, upstreams: [UpstreamDefinition],
    cache: CachePolicy
  ) {
    let upstream = settings.string("upstream", default: base?.upstream ?? name)
    let deliverer = upstreams.first { $0.name == upstream }
    if deliverer == nil {
      settings.problem(
        "upstream", found: "the unknown upstream \(upstream)",
        allowed: "one of \(upstreams.map(\.name).joined(separator: ", "))")
    }
    let all = base?.everything ?? SectionRequest(RequestTemplate(.get, "/"), shape: .list)
    let one = base?.oneUser ?? all
    let method = settings.choice("method", default: all.template.method)
    let everything = SectionRequest(
      RequestTemplate(
        method, settings.path("path", default: all.template.path), body: settings.json("body", default: all.template.body)),
      shape: SectionShape(reading: settings, "shape", default: all.shape))
    for (key, text) in [("path", everything.template.path), ("body", everything.template.body ?? "")]
    where text.contains(RequestTemplate.placeholder) {
      settings.problem(key, found: "{user_id}", allowed: "a request for all users; user_path and user_body have the id")
    }
    // A section that changes only how all of it is asked for does not depend on the user, unless it says so.
    let userTemplate = base == nil ? everything.template : one.template
    let oneUser = SectionRequest(
      RequestTemplate(
        method, settings.path("user_path", default: userTemplate.path),
        body: settings.json("user_body", default: userTemplate.body)),
      shape: SectionShape(reading: settings, "user_shape", default: base == nil ? everything.shape : one.shape),
      notFoundIsEmpty: settings.flag("user_not_found_is_empty", default: one.notFoundIsEmpty))
    for (key, template) in [("body", everything.template), ("user_body", oneUser.template)]
    where template.method == .get && template.body != nil {
      settings.problem(key, found: "a body for GET", allowed: "none, or the method POST")
    }
    self.init(
      name: name, upstream: upstream, everything: everything, oneUser: oneUser,
      cache: CachePolicy(
        reading: settings.scope("cache"), defaults: cache, seesIdentity: deliverer?.seesIdentity ?? true))
    readSelection(settings, default: base)
  }
}

extension UpstreamDefinition {
  /// Whether it is given anything of its callers' identity.
  fileprivate var seesIdentity: Bool {
    if case .forward(let names) = identity { !names.isEmpty } else { false }
  }
}

extension SectionShape {
  private enum Word: String, CaseIterable {
    case list, object
    case objectAsList = "object_as_list"
  }

  private var word: Word {
    switch self {
    case .list: .list
    case .objectAsList: .objectAsList
    case .object: .object
    }
  }

  /// `shape` or `user_shape`; `members` serves both.
  fileprivate init(reading settings: SettingsReader, _ key: String, default base: SectionShape) {
    let members: [Member] = if case .object(let members) = base { members } else { [] }
    let texts = settings.strings(
      "members", default: members.map(\.text), each: "`name kind`, with a kind of \(Member.kinds)", where: { Member($0) != nil })
    if texts.count > ScanPlan.maximumNames {
      settings.problem("members", found: "\(texts.count) members", allowed: "at most \(ScanPlan.maximumNames)")
    }
    switch settings.choice(key, default: base.word) {
    case .list: self = .list
    case .objectAsList: self = .objectAsList
    case .object: self = .object(texts.prefix(ScanPlan.maximumNames).compactMap { Member($0) })
    }
  }
}

extension SectionShape.Member {
  fileprivate static let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")

  fileprivate var text: String { "\(name) \(kind.rawValue)" }

  /// `items list`.
  fileprivate init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, let kind = Kind(rawValue: String(words[1])), words[0].utf8.count <= ScanPlan.maximumNameLength,
      words[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
    else { return nil }
    self.init(String(words[0]), kind)
  }
}

extension SettingsReader {
  /// A JSON text, in which `{user_id}` may stand where a number can.
  fileprivate func json(_ key: String, default fallback: String?) -> String? {
    value(key, default: fallback, shown: fallback ?? "none", allowed: "a JSON text; {user_id} stands for the id") { text in
      var filled = text
      while let place = filled.firstRange(of: RequestTemplate.placeholder) { filled.replaceSubrange(place, with: "1") }
      let bytes = Array(filled.utf8)
      let isJSON = bytes.withUnsafeBytes { bytes in
        do throws(JSONError) { _ = try JSONScanner().scan(bytes, plan: ScanPlan()) } catch { return false }
        return true
      }
      return isJSON ? .some(.some(text)) : nil
    }
  }
}
