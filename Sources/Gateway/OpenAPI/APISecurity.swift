/// How the callers of a listener say who they are, for its description. Holds nothing that is secret.
struct APISecurity: Hashable, Sendable {
  enum Scheme: String, Sendable, CaseIterable {
    case bearer, apiKey

    var description: String {
      switch self {
      case .bearer: "A token in `Authorization: Bearer …`."
      case .apiKey: "A key in `X-API-Key`."
      }
    }
  }

  /// Those of which one is enough. Empty: nobody has to say who he is.
  var schemes: [Scheme] = []
  /// Whether who brings nothing is let in too.
  var isOptional = false
  /// Where nobody is asked.
  var openPaths: Set<String> = []
}

extension APISecurity {
  init(_ access: AccessPolicy) {
    if access.schemes.contains(.bearer) { schemes.append(.bearer) }
    if access.schemes.contains(.apiKey) { schemes.append(.apiKey) }
    isOptional = access.allowsAnonymous
    openPaths = access.publicPaths
  }
}
