import Foundation
import Testing

@testable import Gateway

/// A description as its readers see it.
struct DescribedAPI {
  let root: [String: Any]

  init(_ json: [UInt8]) throws {
    root = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
  }

  init(_ routes: [RouteTable.Route], security: APISecurity = APISecurity()) throws {
    let description = APIDescription(title: "Test", version: "1", introduction: "", routes: routes, security: security)
    try self.init(description.bytes)
  }

  /// `GET /path` of all operations.
  var operations: Set<String> {
    let paths = root["paths"] as? [String: [String: Any]] ?? [:]
    return Set(paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
  }

  func operation(_ path: String, _ method: String = "get") throws -> [String: Any] {
    let paths = try #require(root["paths"] as? [String: [String: Any]])
    return try #require(paths[path]?[method] as? [String: Any])
  }

  func components(_ kind: String) -> [String: Any] { (root["components"] as? [String: Any])?[kind] as? [String: Any] ?? [:] }

  /// What every `$ref` in it points to.
  var references: Set<String> { Self.references(root) }

  private static func references(_ value: Any) -> Set<String> {
    if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(references($1)) } }
    guard let object = value as? [String: Any] else { return [] }
    var found = object.values.reduce(into: Set<String>()) { $0.formUnion(references($1)) }
    if let reference = object["$ref"] as? String { found.insert(reference) }
    return found
  }
}
