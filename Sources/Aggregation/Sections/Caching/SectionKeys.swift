import Caching
import Clients
import Settings

/// The keys of one section: for whom, and what exactly its upstream is asked.
struct SectionKeys: Sendable {
  private let maker: CacheKeyMaker
  private let section: String
  private let scope: CachePolicy.Scope
  /// What tells two upstreams, or two configurations of one, apart.
  private let origin: [String]
  private let definition: SectionDefinition
  /// What is asked for all, and how the answers to both questions are read: the same for every request.
  private let everything: [String]
  private let userShape: String
  /// Most requests ask for all, and many sections are the same for everybody.
  private let everythingForAll: CacheKey?

  init(_ definition: SectionDefinition, upstream: UpstreamDefinition, scope: CachePolicy.Scope, maker: CacheKeyMaker) {
    self.maker = maker
    self.scope = scope
    self.definition = definition
    section = definition.name
    origin = upstream.origin
    let template = definition.everything.template
    everything = origin + [template.method.rawValue, template.path, template.body ?? "", "\(definition.everything.shape)"]
    userShape = "\(definition.oneUser.shape)"
    everythingForAll = scope == .public ? maker.key(section: section, parameters: everything) : nil
  }

  /// - Parameters:
  ///   - identity: the fields that the upstream is given of this caller's.
  ///   - filters: of the request.
  func key(user: Int64?, identity: [HeaderField], filters: [AppliedFilter] = []) -> CacheKey {
    let filters = definition.applied(filters)
    if filters.isEmpty, user == nil, let everythingForAll { return everythingForAll }
    let parameters = filters.isEmpty ? user.map(parameters) ?? everything : parameters(of: user, filters)
    return switch scope {
    case .public: maker.key(section: section, parameters: parameters)
    case .principal:
      maker.key(section: section, parameters: parameters, identity: identity.map { (name: $0.name, value: $0.value) })
    }
  }

  private func parameters(of user: Int64) -> [String] {
    let template = definition.oneUser.template
    let (path, body) = template.rendered(for: user)
    return origin + [template.method.rawValue, path, body ?? "", userShape]
  }

  private func parameters(of user: Int64?, _ filters: [(member: String, filter: AppliedFilter)]) -> [String] {
    let asked = user == nil ? definition.everything : definition.oneUser
    let (path, body) = asked.template.filtered(by: filters).rendered(for: user)
    return origin + [asked.template.method.rawValue, path, body ?? "", "\(asked.shape)"]
  }
}

extension UpstreamDefinition {
  /// Where answers come from, and what they may depend on beside the request.
  fileprivate var origin: [String] {
    var parts = endpoints.map { "\($0.scheme.rawValue)://\($0.authority)" } + [pathPrefix]
    switch identity {
    case .none, .forward: break
    case .credential(let fields): parts += fields.flatMap { [$0.name, $0.value] }
    // As whom, not with which token: that changes.
    case .signIn(let rule): parts += [rule.path, rule.body.reveal()]
    }
    return parts
  }
}
