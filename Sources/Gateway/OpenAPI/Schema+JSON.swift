import RawJSON

extension Schema {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writeKind(to: &writer)
      if !words.isEmpty {
        writer.key("enum")
        writer.array { writer in
          for word in words { writer.string(word) }
          if isNullable { writer.null() }
        }
      }
      writer.member("format", format)
      writer.member("pattern", pattern)
      writeBounds(to: &writer)
      if !description.isEmpty { writer.member("description", description) }
      if let example {
        writer.key("examples")
        writer.array { $0.raw(example.utf8) }
      }
    }
  }

  private func writeKind(to writer: inout JSONWriter) {
    switch kind {
    case .reference(let name): writeReference(name, to: &writer)
    case .string: writeType("string", to: &writer)
    case .integer: writeType("integer", to: &writer)
    case .number: writeType("number", to: &writer)
    case .boolean: writeType("boolean", to: &writer)
    case .anything: writeType("object", to: &writer)
    case .array(let item):
      writeType("array", to: &writer)
      writer.key("items")
      item.write(to: &writer)
    case .object(let members):
      writeType("object", to: &writer)
      Self.write(members, to: &writer)
      if isClosed {
        writer.key("additionalProperties")
        writer.bool(false)
      }
    case .map(let members, let value):
      writeType("object", to: &writer)
      Self.write(members, to: &writer)
      writer.key("additionalProperties")
      value.write(to: &writer)
    case .either(let schemas):
      writer.key("anyOf")
      writer.array { writer in for schema in schemas { schema.write(to: &writer) } }
    }
  }

  private func writeType(_ name: String, to writer: inout JSONWriter) {
    writer.key("type")
    guard isNullable else { return writer.string(name) }
    writer.array { writer in
      writer.string(name)
      writer.string("null")
    }
  }

  private func writeReference(_ name: String, to writer: inout JSONWriter) {
    let write = { (writer: inout JSONWriter) in writer.member("$ref", "#/components/schemas/\(name)") }
    guard isNullable else { return write(&writer) }
    writer.key("anyOf")
    writer.array { writer in
      writer.object(write)
      writer.object { $0.member("type", "null") }
    }
  }

  private func writeBounds(to writer: inout JSONWriter) {
    let (least, most): (String, String) =
      switch kind {
      case .string: ("minLength", "maxLength")
      case .array: ("minItems", "maxItems")
      default: ("minimum", "maximum")
      }
    if let atLeast {
      writer.key(named: least)
      writer.int(atLeast)
    }
    if let atMost {
      writer.key(named: most)
      writer.int(atMost)
    }
  }

  private static func write(_ members: [Member], to writer: inout JSONWriter) {
    if members.isEmpty { return }
    writer.key("properties")
    writer.object { writer in
      for member in members {
        writer.key(named: member.name)
        member.schema.write(to: &writer)
      }
    }
    let required = members.filter(\.isRequired)
    if required.isEmpty { return }
    writer.key("required")
    writer.array { writer in for member in required { writer.string(member.name) } }
  }
}

extension Schema {
  /// The names of those that it refers to.
  var references: [String] {
    switch kind {
    case .reference(let name): [name]
    case .array(let item): item.references
    case .object(let members): members.flatMap(\.schema.references)
    case .map(let members, let value): members.flatMap(\.schema.references) + value.references
    case .either(let schemas): schemas.flatMap(\.references)
    case .string, .integer, .number, .boolean, .anything: []
    }
  }
}

extension JSONWriter {
  /// A member that is a text; nothing where there is none.
  mutating func member(_ name: String, _ value: String?) {
    guard let value else { return }
    key(named: name)
    string(value)
  }

  /// A reference to something under `components`.
  mutating func reference(_ kind: String, _ name: String) {
    object { $0.member("$ref", "#/components/\(kind)/\(name)") }
  }
}
