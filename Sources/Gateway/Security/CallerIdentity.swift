import Clients
import HTTPTypes
import Hummingbird
import Identity

/// What upstreams are told of who asks: the fields that some of them may have, each from where it can be believed.
///
/// | field | authentication off | on |
/// |---|---|---|
/// | `authorization` | as it came | as it came, where it is what was verified |
/// | `x-user-id`, `x-user-role` | as they came | of the verified identity |
/// | other `x-user-…` | as they came | as they came, from a trusted proxy |
/// | `x-api-key` | as it came | never: it is a key to this gateway |
/// | any other | as it came | as it came |
struct CallerIdentity: Sendable {
  private let fields: [(field: HTTPField.Name, name: String)]

  /// - Parameter names: the fields that any upstream may be given, lower case.
  init(_ names: [String]) {
    fields = names.compactMap { name in HTTPField.Name(name).map { ($0, name) } }
  }

  /// They are in the keys of all sections that are given them: what is different in them is kept apart.
  func fields(of request: Request, _ context: GatewayContext, _ access: AccessPolicy) -> [HeaderField] {
    let principal = access.isOn ? context.principal : nil
    return fields.compactMap { field, name in
      let value = access.isOn ? value(of: field, name, request, context, principal, access) : request.headers[field]
      return value.map { HeaderField(name: name, value: $0) }
    }
  }

  private func value(
    of field: HTTPField.Name, _ name: String, _ request: Request, _ context: GatewayContext, _ principal: Principal?,
    _ access: AccessPolicy
  ) -> String? {
    switch name {
    case "authorization": principal?.proof == .token ? request.headers[field] : nil
    case "x-user-id": principal?.userID.map { String($0) }
    case "x-user-role": principal?.role.rawValue
    case "x-api-key": nil
    case _ where name.hasPrefix("x-user-"): access.believes(context.peer) ? request.headers[field] : nil
    default: request.headers[field]
    }
  }

  /// The fields by which answers differ, for `Vary`.
  func varying(_ access: AccessPolicy) -> [String] {
    guard access.isOn else { return fields.map(\.name) }
    let credentials = access.schemes.contains(.apiKey) ? ["authorization", "x-api-key"] : ["authorization"]
    let ofProxy = ["x-user-id", "x-user-role"]
    let others = fields.map(\.name).filter { $0 != "x-api-key" && (access.believesProxies || !$0.hasPrefix("x-user-")) }
    return credentials + (access.believesProxies ? ofProxy : []) + others
  }
}
