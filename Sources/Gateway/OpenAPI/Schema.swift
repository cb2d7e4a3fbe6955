/// A JSON Schema (draft 2020-12, as OpenAPI 3.1 has it), as far as it is needed to describe what the gateway takes and gives.
struct Schema: Sendable {
  indirect enum Kind: Sendable {
    /// One that stands under `components.schemas`.
    case reference(String)
    case string, integer, number, boolean
    case array(Schema)
    /// Members; others may stand beside them.
    case object([Member])
    /// Any names, all with such a value; those that are listed are usual.
    case map([Member], of: Schema)
    case either([Schema])
    /// Any JSON object.
    case anything
  }

  /// A member of an object.
  struct Member: Sendable {
    let name: String
    let schema: Schema
    var isRequired = true

    static func always(_ name: String, _ schema: Schema) -> Member { Member(name: name, schema: schema) }
    static func maybe(_ name: String, _ schema: Schema) -> Member { Member(name: name, schema: schema, isRequired: false) }
  }

  var kind: Kind
  var description = ""
  /// Of texts: those that there are; empty: any.
  var words: [String] = []
  var format: String?
  var pattern: String?
  /// Of a number its value, of a text its length, of a list its count.
  var atLeast: Int64?
  var atMost: Int64?
  /// Also `null`.
  var isNullable = false
  /// Of an object: whether no other members may stand in it.
  var isClosed = false
  /// JSON.
  var example: String?

  init(_ kind: Kind, _ description: String = "") {
    self.kind = kind
    self.description = description
  }
}

// MARK: As one writes them

extension Schema {
  static func ref(_ name: String, _ description: String = "") -> Schema { Schema(.reference(name), description) }
  static func string(_ description: String = "") -> Schema { Schema(.string, description) }
  static func integer(_ description: String = "") -> Schema { Schema(.integer, description) }
  static func number(_ description: String = "") -> Schema { Schema(.number, description) }
  static func boolean(_ description: String = "") -> Schema { Schema(.boolean, description) }
  static func list(of schema: Schema, _ description: String = "") -> Schema { Schema(.array(schema), description) }
  static func object(_ description: String = "", _ members: [Member]) -> Schema { Schema(.object(members), description) }

  /// One of these texts.
  static func word(_ words: [String], _ description: String = "") -> Schema {
    var schema = Schema(.string, description)
    schema.words = words
    return schema
  }

  /// RFC 3339, UTC.
  static func moment(_ description: String = "") -> Schema {
    var schema = Schema(.string, description)
    schema.format = "date-time"
    return schema
  }

  var orNull: Schema { with { $0.isNullable = true } }
  var closed: Schema { with { $0.isClosed = true } }

  func from(_ least: Int64, to most: Int64? = nil) -> Schema {
    with {
      $0.atLeast = least
      $0.atMost = most
    }
  }

  /// - Parameter json: an example of it.
  func example(_ json: String) -> Schema { with { $0.example = json } }

  /// - Parameter format: a word of the registry of formats, such as `int64`.
  func format(_ format: String) -> Schema { with { $0.format = format } }

  /// - Parameter pattern: a regular expression of ECMA-262.
  func pattern(_ pattern: String) -> Schema { with { $0.pattern = pattern } }

  private func with(_ change: (inout Schema) -> Void) -> Schema {
    var schema = self
    change(&schema)
    return schema
  }
}
