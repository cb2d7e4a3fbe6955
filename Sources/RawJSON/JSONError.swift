/// Why a body is no JSON that we take. It never holds a piece of the body.
package struct JSONError: Error, Equatable, Sendable {
  /// The reasons, a closed list.
  package enum Code: UInt32, Sendable, CaseIterable {
    /// No bytes, or nothing but white space.
    case empty = 1
    /// RFC 8259 §8.1, RFC 3629.
    case invalidUTF8 = 2
    /// Not the grammar of RFC 8259. A byte order mark counts as that, because we splice bodies into documents (§8.1 forbids to
    /// send one).
    case syntax = 3
    /// More arrays and objects inside each other than `ScanPlan.maximumDepth`.
    case depthExceeded = 4
    /// Longer than `JSONScanner.maximumLength`.
    case tooLarge = 5
    /// More rows than `ScanPlan.maximumRows`.
    case tooManyRows = 6
    case outOfMemory = 7
    /// The validator contradicted itself. Never seen.
    case internalFailure = 8
  }

  package let code: Code
  /// Where it was seen, in bytes from the body's first. Not known for `invalidUTF8`, a string that is never closed and a bare
  /// control
  /// character in a string.
  package let offset: Int?

  package init(_ code: Code, offset: Int? = nil) {
    self.code = code
    self.offset = offset
  }
}
