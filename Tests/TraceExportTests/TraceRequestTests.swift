import Clients
import Testing
import Tracing

@testable import TraceExport

/// The encoder against a peer: the bytes below were written by PyPI's `opentelemetry-proto` 1.45.2 for the same spans.
@Suite struct TraceRequestTests {
  private static let expected = """
    0ae2040ab9010a190a0c736572766963652e6e616d6512090a07676174657761790a180a0f736572766963652e76657273696f6e12050a03312e320a\
    1c0a13736572766963652e696e7374616e63652e696412050a03692d310a210a1674656c656d657472792e73646b2e6c616e677561676512070a0573\
    776966740a210a1274656c656d657472792e73646b2e6e616d65120b0a097472696275746172790a1e0a1574656c656d657472792e73646b2e766572\
    73696f6e12050a03312e3212a3030a100a097472696275746172791203312e3212bc010a104bf92f3577b34da6a3ce929d0e0e4736120800f067aa0b\
    a902b71a03613d62220801020304050607082a06474554202f7830023901002a36fe9c971741f4012a36fe9c97174a100a016e120b18fdffffffffff\
    ffffff015a330902002a36fe9c9717120d6d656d6f72795f6c6f6f6b75701a190a107472696275746172792e64657461696c12050a0368697460ac02\
    6a1c0a10000000000000000a000000000000000b1208000000000000000c7a0512016d180285010103000012390a104bf92f3577b34da6a3ce929d0e\
    0e47361208ffffffffffffffff30013905000000000000004105000000000000004a070a01621202100012500a104bf92f3577b34da6a3ce929d0e0e\
    47361208fffffffffffffffe2a02c3bc30033905000000000000004106000000000000004a100a016c120b2a090a020a000a030a01787a0218018501\
    0100000012430a104bf92f3577b34da6a3ce929d0e0e47361208fffffffffffffffd2a016430053905000000000000004106000000000000004a0e0a\
    01641209210000000000000000
    """

  @Test func aPeerWritesTheSameBytes() throws {
    let bytes = TraceRequest(resource: .forTests).bytes(try Self.spans())
    #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == Self.expected)
  }

  private static func spans() throws -> [SpanRecord] {
    let parent = try #require(
      TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-01", tracestate: "a=b"))
    let linked = TraceContext(traceID: try #require(TraceID(high: 10, low: 11)), spanID: 12, isSampled: false)
    let start: UInt64 = 1_700_000_000_000_000_001
    let event = SpanEvent(
      name: "memory_lookup", at: TestInstant(nanosecondsSinceEpoch: start + 1), attributes: ["tributary.detail": .string("hit")])
    func span(
      _ id: UInt64, _ name: String, _ kind: SpanKind, _ end: UInt64, _ attributes: SpanAttributes, _ isSampled: Bool,
      _ status: SpanStatus? = nil
    ) -> SpanRecord {
      SpanRecord(
        trace: TraceContext(traceID: parent.traceID, spanID: id, isSampled: isSampled), parentID: 0, isParentRemote: false,
        name: name, kind: kind, start: 5, end: end, attributes: attributes, events: [], droppedEvents: 0, links: [],
        status: status)
    }
    return [
      SpanRecord(
        trace: parent.below(0x00f0_67aa_0ba9_02b7), parentID: parent.spanID, isParentRemote: true, name: "GET /x", kind: .server,
        start: start, end: start + 499, attributes: ["n": .int64(-3)], events: [event], droppedEvents: 300, links: [linked],
        status: SpanStatus(code: .error, message: "m")),
      span(.max, "", .internal, 5, ["b": .bool(false)], false),
      span(.max - 1, "ü", .client, 6, ["l": .stringArray(["", "x"])], true, SpanStatus(code: .ok)),
      span(.max - 2, "d", .consumer, 6, ["d": .double(0)], false),
    ]
  }

  /// `partial_success { rejected_spans: 300 error_message: "too old" }`, by the same peer.
  private static let partial: [UInt8] = [0x0A, 0x0C, 0x08, 0xAC, 0x02, 0x12, 0x07] + Array("too old".utf8)

  @Test func whatTheCollectorDidNotTakeIsRead() {
    #expect(PartialSuccess.rejectedSpans(Self.partial) == 300)
    #expect(PartialSuccess.rejectedSpans([]) == 0)
    #expect(PartialSuccess.rejectedSpans(Array("{}".utf8)) == 0)
  }

  /// It comes from outside: whatever it is, it is read to an end.
  @Test func anAnswerThatMakesNoSenseIsNone() {
    for cut in Self.partial.indices {
      _ = PartialSuccess.rejectedSpans(Array(Self.partial[..<cut]))
      for byte in [UInt8(0x00), 0x7F, 0x80, 0xFF] {
        var changed = Self.partial
        changed[cut] = byte
        #expect(PartialSuccess.rejectedSpans(changed) >= 0)
      }
    }
    let huge: [UInt8] = [0x0A, 0x0B, 0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01]
    #expect(PartialSuccess.rejectedSpans(huge) == -1)
  }
}

struct TestInstant: TracerInstant {
  let nanosecondsSinceEpoch: UInt64

  static func < (left: TestInstant, right: TestInstant) -> Bool { left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch }
}

extension TraceResource {
  static let forTests = TraceResource(serviceName: "gateway", serviceVersion: "1.2", serviceInstanceID: "i-1")
}
