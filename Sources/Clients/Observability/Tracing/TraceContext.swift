/// What a request carries of the trace that it belongs to (W3C Trace Context): whose span is above, and whether that trace is recorded.
package struct TraceContext: Sendable, Equatable {
  package let traceID: TraceID
  /// The span above; 0 where there is none, and the trace begins here.
  package let spanID: UInt64
  /// Whether whoever began the trace records it.
  package let isSampled: Bool
  /// Whether the trace's id was made by chance (level 2, §3.2.2.5.2): passed on as it came.
  package let isRandom: Bool
  /// `tracestate`, passed on as it came; nil for none.
  package let state: String?

  package init(traceID: TraceID, spanID: UInt64 = 0, isSampled: Bool, isRandom: Bool = false, state: String? = nil) {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.isRandom = isRandom
    self.state = state
  }

  /// The same trace, below a span of ours.
  package func below(_ spanID: UInt64, isSampled: Bool? = nil) -> TraceContext {
    TraceContext(
      traceID: traceID, spanID: spanID, isSampled: isSampled ?? self.isSampled, isRandom: isRandom, state: state)
  }

  /// Reads both fields. Nil where `traceparent` is not one (§3.2.2): then `tracestate` means nothing, either (§3.3).
  ///
  /// A version that is not known yet is read as far as it looks like ours (§4.3); `ff` is none. Several fields of the name are no
  /// `traceparent`, however they are joined.
  package init?(traceparent: String, tracestate: String?) {
    let text = Array(traceparent.utf8)
    guard text.count >= 55, text[2] == UInt8(ascii: "-"), text[35] == UInt8(ascii: "-"), text[52] == UInt8(ascii: "-"),
      let version = Hexadecimal.word(text[0..<2]), version != 0xFF,
      text.count == 55 || version > 0 && text[55] == UInt8(ascii: "-"),
      let high = Hexadecimal.word(text[3..<19]), let low = Hexadecimal.word(text[19..<35]),
      let traceID = TraceID(high: high, low: low), let spanID = Hexadecimal.word(text[36..<52]), spanID != 0,
      let flags = Hexadecimal.word(text[53..<55])
    else { return nil }
    self.init(
      traceID: traceID, spanID: spanID, isSampled: flags & 1 != 0, isRandom: flags & 2 != 0,
      state: tracestate.flatMap { Self.isState($0) ? $0 : nil })
  }

  /// `traceparent` for whoever is called from the span, in version 00.
  package var traceparent: String {
    String(unsafeUninitializedCapacity: 55) { place in
      (place[0], place[1], place[2]) = (UInt8(ascii: "0"), UInt8(ascii: "0"), UInt8(ascii: "-"))
      Hexadecimal.write(traceID.high, to: place, at: 3)
      Hexadecimal.write(traceID.low, to: place, at: 19)
      place[35] = UInt8(ascii: "-")
      Hexadecimal.write(spanID, to: place, at: 36)
      (place[52], place[53]) = (UInt8(ascii: "-"), UInt8(ascii: "0"))
      place[54] = UInt8(ascii: "0") + (isSampled ? 1 : 0) + (isRandom ? 2 : 0)
      return 55
    }
  }

  /// Passed on whole or not at all: what is longer than everybody must take (§3.3.1.5), or holds what no field may, is left out.
  private static func isState(_ text: String) -> Bool {
    (1...512).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
  }
}
