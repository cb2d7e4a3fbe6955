import Caching
import Clients

/// The keys of one section: for whom, and what exactly its upstream is asked.
struct SectionKeys: Sendable {
  private let maker: CacheKeyMaker
  private let section: String
  private let scope: CachePolicy.Scope
  /// What tells two upstreams, or two configurations of one, apart.
  private let origin: [String]
  private let definition: SectionDefinition
  /// Most requests ask for all, and many sections are the same for everybody.
  private let everythingForAll: CacheKey?

  init(_ definition: SectionDefinition, upstream: UpstreamDefinition, scope: CachePolicy.Scope, maker: CacheKeyMaker) {
    self.maker = maker
    self.scope = scope
    self.definition = definition
    section = definition.name
    origin = upstream.origin
    everythingForAll =
      scope == .public
      ? maker.key(section: section, parameters: Self.parameters(definition.everything, user: nil, origin: origin)) : nil
  }

  /// - Parameter identity: the fields that the upstream is given of this caller's.
  func key(user: Int64?, identity: [HeaderField]) -> CacheKey {
    if user == nil, let everythingForAll { return everythingForAll }
    let request = user == nil ? definition.everything : definition.oneUser
    let parameters = Self.parameters(request, user: user, origin: origin)
    return switch scope {
    case .public: maker.key(section: section, parameters: parameters)
    case .principal:
      maker.key(section: section, parameters: parameters, identity: identity.map { (name: $0.name, value: $0.value) })
    }
  }

  private static func parameters(_ request: SectionRequest, user: Int64?, origin: [String]) -> [String] {
    let (path, body) = request.template.rendered(for: user)
    return origin + [request.template.method.rawValue, path, body ?? "", "\(request.shape)"]
  }
}

extension UpstreamDefinition {
  /// Where answers come from, and what they may depend on beside the request.
  fileprivate var origin: [String] {
    var parts = endpoints.map { "\($0.scheme.rawValue)://\($0.authority)" } + [pathPrefix]
    if case .credential(let fields) = identity { parts += fields.flatMap { [$0.name, $0.value] } }
    return parts
  }
}
