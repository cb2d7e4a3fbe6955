import Aggregation

/// What a composite was put together from: the kind of document, and for each section, in order, the version that is stored of it and
/// what state it is shown in.
///
/// A version is a number that is never used again for other bytes, so that equal keys mean equal documents. Up to ``inlineSections``
/// sections it is a plain value and takes no memory of its own.
struct CompositeKey: Hashable, Sendable {
  static let inlineSections = 8

  private typealias Words = (UInt64, UInt64, UInt64, UInt64)

  private let kind: DocumentKind
  private(set) var count: UInt16 = 0
  /// A byte a section.
  private var states: UInt64 = 0
  private var low: Words = (0, 0, 0, 0)
  private var high: Words = (0, 0, 0, 0)
  /// Of the sections behind those: version and state by turns.
  private var rest: [UInt64] = []

  init(kind: DocumentKind) { self.kind = kind }

  /// - Parameter state: whatever else of the section shows in the document, in 8 bits.
  mutating func add(version: UInt64, state: UInt8) {
    let place = Int(count)
    count += 1
    guard place < Self.inlineSections else {
      rest.append(version)
      rest.append(UInt64(state))
      return
    }
    states |= UInt64(state) << UInt64(place * 8)
    switch place {
    case 0: low.0 = version
    case 1: low.1 = version
    case 2: low.2 = version
    case 3: low.3 = version
    case 4: high.0 = version
    case 5: high.1 = version
    case 6: high.2 = version
    default: high.3 = version
    }
  }

  /// Of a document that is complete, and all of it stored.
  init(_ document: Document, kind: DocumentKind) {
    self.init(kind: kind)
    for section in document.sections {
      add(version: section.cache?.version ?? 0, state: section.state == .cached ? 1 : 0)
    }
  }

  static func == (left: CompositeKey, right: CompositeKey) -> Bool {
    left.low == right.low && left.high == right.high && left.states == right.states && left.kind == right.kind
      && left.count == right.count && left.rest == right.rest
  }

  func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: low) { hasher.combine(bytes: $0) }
    if count > 4 { withUnsafeBytes(of: high) { hasher.combine(bytes: $0) } }
    hasher.combine(states ^ UInt64(kind.rawValue))
    for word in rest { hasher.combine(word) }
  }
}
