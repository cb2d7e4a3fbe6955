import HTTPTypes
import RawJSON

/// The description of a listener's API (OpenAPI 3.1), made from its routes: what has no route is not in it, and no route has none.
struct APIDescription: Sendable {
  let title: String
  let version: String
  /// Markdown.
  let introduction: String
  /// In their order. Pages are left out.
  let routes: [RouteTable.Route]
  let security: APISecurity

  /// What any request may be answered with, before anybody looks at its path, or when something is wrong here.
  static let always: [HTTPResponse.Status] = [
    .badRequest, .requestTimeout, .contentTooLarge, .uriTooLong, .expectationFailed, .requestHeaderFieldsTooLarge,
    .internalServerError, .serviceUnavailable,
  ]

  var bytes: [UInt8] {
    var writer = JSONWriter(capacity: 64 << 10)
    writer.object { writer in
      writer.member("openapi", "3.1.0")
      writer.key("info")
      writer.object { writer in
        writer.member("title", title)
        writer.member("version", version)
        writer.member("description", introduction)
      }
      writeTags(to: &writer)
      writePaths(to: &writer)
      if !security.schemes.isEmpty { writeSecurity(to: &writer) }
      writeComponents(to: &writer)
    }
    return writer.bytes
  }

  var operations: [Operation] { routes.compactMap(\.operation) }

  private func writeTags(to writer: inout JSONWriter) {
    let used = Set(operations.map(\.group))
    writer.key("tags")
    writer.array { writer in
      for group in Operation.Group.allCases where used.contains(group) {
        writer.object { writer in
          writer.member("name", group.rawValue)
          writer.member("description", group.description)
        }
      }
    }
  }

  private func writePaths(to writer: inout JSONWriter) {
    writer.key("paths")
    writer.object { writer in
      for route in routes {
        guard let operation = route.operation else { continue }
        writer.key(named: route.path)
        writer.object { writer in
          for method in route.methods where method != .head && method != .options {
            writer.key(named: method.rawValue.lowercased())
            operation.write(isOpen: isOpen(route.path), to: &writer)
          }
        }
      }
    }
  }

  private func isOpen(_ path: String) -> Bool { !security.schemes.isEmpty && security.openPaths.contains(path) }

  private func writeSecurity(to writer: inout JSONWriter) {
    writer.key("security")
    writer.array { writer in
      if security.isOptional { writer.object { _ in } }
      for scheme in security.schemes {
        writer.object { writer in
          writer.key(named: scheme.rawValue)
          writer.array { _ in }
        }
      }
    }
  }
}
