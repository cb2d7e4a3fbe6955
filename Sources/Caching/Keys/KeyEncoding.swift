/// What a key is the digest of. Each text stands after its length, each list after its count, so nothing can be glued differently:
///
/// ```
/// "tributary-key" 1 | configuration version | section | count, parameters… | 0                             public
///                                                                          | 1, count, (name, value)…      principal
/// ```
///
/// Counts and lengths are 8 bytes, the lowest first; texts are UTF-8.
struct KeyEncoding {
  private(set) var bytes: [UInt8] = []

  init(configurationVersion: String, section: String, parameters: [String], identity: [(name: String, value: String)]?) {
    bytes.reserveCapacity(128)
    bytes.append(contentsOf: Self.domain)
    append(configurationVersion)
    append(section)
    append(count: parameters.count)
    for parameter in parameters { append(parameter) }
    guard let identity else {
      bytes.append(0)
      return
    }
    bytes.append(1)
    append(count: identity.count)
    for field in identity {
      append(lowercased: field.name)
      append(field.value)
    }
  }

  /// Keeps these digests apart from any other that the same secret is used for; the last byte is the encoding's version.
  private static let domain = Array("tributary-key".utf8) + [1]

  private mutating func append(count: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ text: String) {
    append(count: text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func append(lowercased name: String) {
    append(count: name.utf8.count)
    bytes.append(contentsOf: name.utf8.lazy.map(\.asciiLowercased))
  }
}
