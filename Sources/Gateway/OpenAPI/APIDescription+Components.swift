import HTTPTypes
import RawJSON

extension APIDescription {
  func writeComponents(to writer: inout JSONWriter) {
    writer.key("components")
    writer.object { writer in
      writer.key("schemas")
      writer.object { writer in
        let used = usedSchemas
        for (name, schema) in Schema.named where used.contains(name) {
          writer.key(named: name)
          schema.write(to: &writer)
        }
      }
      writer.key("headers")
      writer.object { writer in
        for header in HeaderDescription.all {
          writer.key(named: header.name)
          header.write(to: &writer)
        }
      }
      writer.key("responses")
      writer.object { writer in
        for status in Problem.knownStatuses {
          writer.key(named: status.componentName)
          Self.write(Problem.known(status), of: status, to: &writer)
        }
      }
      if !security.schemes.isEmpty { writeSchemes(to: &writer) }
    }
  }

  /// Those that an operation or a problem refers to, themselves or through others.
  private var usedSchemas: Set<String> {
    let byName = Dictionary(Schema.named.map { ($0.name, $0.schema) }) { first, _ in first }
    var used: Set<String> = []
    var next = operations.flatMap(\.schemas).flatMap(\.references) + ["Problem"]
    while let name = next.popLast() {
      if used.insert(name).inserted { next += byName[name]?.references ?? [] }
    }
    return used
  }

  /// What a status is answered with: its sentences, and an example of each.
  private static func write(_ problems: [Problem], of status: HTTPResponse.Status, to writer: inout JSONWriter) {
    writer.object { writer in
      let sentences = problems.count == 1 ? problems[0].detail : problems.map { "- \($0.detail)" }.joined(separator: "\n")
      writer.member("description", sentences)
      HeaderDescription.write([.requestID, .cacheControl] + HeaderDescription.ofProblem(status), to: &writer)
      writer.key("content")
      writer.object { writer in
        writer.key("application/problem+json")
        writer.object { writer in
          writer.key("schema")
          Schema.ref("Problem").write(to: &writer)
          writer.key("examples")
          writer.object { writer in
            for (place, problem) in problems.enumerated() {
              writer.key(named: "\(status.code)-\(place + 1)")
              writer.object { writer in
                writer.key("value")
                problem.writeExample(to: &writer)
              }
            }
          }
        }
      }
    }
  }

  private func writeSchemes(to writer: inout JSONWriter) {
    writer.key("securitySchemes")
    writer.object { writer in
      for scheme in security.schemes {
        writer.key(named: scheme.rawValue)
        writer.object { writer in
          switch scheme {
          case .bearer:
            writer.member("type", "http")
            writer.member("scheme", "bearer")
          case .apiKey:
            writer.member("type", "apiKey")
            writer.member("in", "header")
            writer.member("name", "X-API-Key")
          }
          writer.member("description", scheme.description)
        }
      }
    }
  }
}

extension HTTPResponse.Status {
  /// `NotFound` of 404, under which its problems stand in the components.
  var componentName: String { reasonPhrase.split { $0 == " " || $0 == "-" }.joined() }
}

extension Problem {
  fileprivate func writeExample(to writer: inout JSONWriter) {
    writer.object { writer in
      Self.write(
        status: status, detail: detail, instance: "/api/dashboard/summary", requestID: HeaderDescription.requestID.example,
        to: &writer)
    }
  }
}

extension HeaderDescription {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("description", description)
      if isAlways {
        writer.key("required")
        writer.bool(true)
      }
      writer.key("schema")
      schema.write(to: &writer)
      writer.key("example")
      if case .integer = schema.kind { writer.raw(example.utf8) } else { writer.string(example) }
    }
  }

  /// The member `headers` of a response.
  static func write(_ headers: [HeaderDescription], to writer: inout JSONWriter) {
    writer.key("headers")
    writer.object { writer in
      for header in headers {
        writer.key(named: header.name)
        writer.reference("headers", header.name)
      }
    }
  }
}
