extension FieldCatalogue {
  /// Of `/consolidated`: its sections, of which ``SectionDefinition/fields`` are known, and `metadata`.
  static func consolidated(_ sections: [SectionDefinition]) -> FieldCatalogue {
    var members = Dictionary(sections.map { ($0.name, $0.node) }) { first, _ in first }
    members["metadata"] = metadata([
      "total_users": value(of: "users"), "total_accounts": value(of: "scraped_accounts"),
      "total_posts_analyzed": value(of: "metrics"),
      "timestamp": Node(), "pages": Node(),
    ])
    return FieldCatalogue(members)
  }

  /// Of `/summary`, all of which is ours.
  package static let summary = FieldCatalogue([
    "summary": group([
      "total_users": value(of: "users"), "total_accounts": value(of: "scraped_accounts"),
      "average_engagement": value(of: "metrics"), "total_views": value(of: "metrics"), "total_likes": value(of: "metrics"),
      "total_interactions": value(of: "metrics"),
    ]),
    "rankings": group([
      "top_users": group([
        "user_id": value(of: "scraped_accounts"), "accounts_count": value(of: "scraped_accounts"),
        "email": value(of: "scraped_accounts", "users"),
      ]),
      "top_accounts": rows(["account", "total_views", "total_likes", "total_engagement", "post_count"], of: "metrics"),
      "best_engagement": rows(["post_id", "account", "engagement", "views", "likes"], of: "metrics"),
    ]),
    "trends": group(["engagement_trend": value(of: "metrics"), "growth_rate": value(of: "metrics")]),
    "timestamp": Node(),
    "metadata": metadata(["timestamp": Node(), "derived": Node()]),
  ])

  /// It is about the sections that are asked for something else, and asks for none by itself, but for its totals where they are named.
  private static func metadata(_ more: [String: Node]) -> Node {
    let always = ["services_status": Node(), "complete": Node(), "sections": Node()]
    return Node(below: .members(always.merging(more) { first, _ in first }))
  }

  private static func value(of sections: String...) -> Node { Node(needs: Set(sections)) }

  private static func rows(_ names: [String], of section: String) -> Node {
    group(Dictionary(names.map { ($0, value(of: section)) }) { first, _ in first })
  }

  private static func group(_ members: [String: Node]) -> Node {
    Node(needs: members.values.reduce(into: []) { $0.formUnion($1.needs) }, below: .members(members))
  }
}

extension SectionDefinition {
  /// What can be selected from it.
  fileprivate var node: FieldCatalogue.Node {
    let shown = everything.shape.members
    guard !fields.isEmpty || !shown.isEmpty else { return FieldCatalogue.Node(needs: [name], below: .anything) }
    return (shown + fields).reduce(FieldCatalogue.Node(needs: [name], below: .anything)) { node, path in
      node.knowing(path.split(separator: ".")[...].map(String.init)[...], of: name)
    }
  }
}

extension FieldCatalogue.Node {
  /// Below what is known to the end, an upstream may have anything.
  fileprivate func knowing(_ path: ArraySlice<String>, of section: String) -> FieldCatalogue.Node {
    guard let name = path.first else { return self }
    var known: [String: FieldCatalogue.Node] = [:]
    if case .members(let members) = below { known = members }
    known[name] = (known[name] ?? Self(needs: [section], below: .anything)).knowing(path.dropFirst(), of: section)
    return FieldCatalogue.Node(needs: needs, below: .members(known))
  }
}
