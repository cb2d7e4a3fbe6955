import Aggregation

/// What a composite was put together from: the kind of document, and for each section, in order, what is stored of it and what state it is
/// shown in.
///
/// An identity is never that of other bytes, so that equal keys mean equal documents. Up to ``inlineSections`` sections it is a plain value
/// and takes no memory of its own.
struct CompositeKey: Hashable, Sendable {
  static let inlineSections = 8

  private let kind: DocumentKind
  private(set) var count: UInt16 = 0
  /// A byte a section.
  private var states: UInt64 = 0
  private var high = SIMD8<UInt64>()
  private var low = SIMD8<UInt64>()
  /// Of the sections behind those: the two halves and the state by turns.
  private var rest: [UInt64] = []

  init(kind: DocumentKind) { self.kind = kind }

  /// - Parameter state: whatever else of the section shows in the document, in 8 bits.
  mutating func add(_ section: SectionIdentity, state: UInt8) {
    let place = Int(count)
    count += 1
    guard place < Self.inlineSections else {
      rest.append(section.high)
      rest.append(section.low)
      rest.append(UInt64(state))
      return
    }
    states |= UInt64(state) << UInt64(place * 8)
    high[place] = section.high
    low[place] = section.low
  }

  /// Of a document that is complete, and all of it stored.
  init(_ document: Document, kind: DocumentKind) {
    self.init(kind: kind)
    for section in document.sections {
      add(section.cache?.identity ?? SectionIdentity(high: 0, low: 0), state: section.state == .cached ? 1 : 0)
    }
  }

  static func == (left: CompositeKey, right: CompositeKey) -> Bool {
    left.high == right.high && left.low == right.low && left.states == right.states && left.kind == right.kind
      && left.count == right.count && left.rest == right.rest
  }

  /// Half of the bits are enough.
  func hash(into hasher: inout Hasher) {
    for place in 0..<min(Int(count), Self.inlineSections) { hasher.combine(high[place]) }
    hasher.combine(states ^ UInt64(kind.rawValue))
    for word in rest { hasher.combine(word) }
  }
}
