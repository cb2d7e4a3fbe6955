import NIOCore

/// A valid JSON list or object of at least so many bytes, handed out in pieces of which nearly all are one shared buffer.
///
/// The body of the answer comes first as it is; its last bracket is moved behind one more element `{"padding":["xxx…",…]}` or
/// member `"padding":["xxx…",…]`. An answer that is neither a list nor an object becomes an object.
struct PaddedBody {
  /// The length of the whole body in bytes.
  let count: Int
  /// The answer without its last bracket, and what opens the padding.
  private var lead: CircularBuffer<ByteBuffer>
  private var fillers: Int
  private let last: ByteBuffer

  private static let filler = ByteBuffer(string: "\"" + String(repeating: "x", count: 65_533) + "\",")

  init(_ answer: Answer, atLeast bytes: Int) {
    let isList = answer.shape == .list
    let isWhole = answer.shape != .text && answer.body.readableBytesView.last == UInt8(ascii: isList ? "]" : "}")
    let body = isWhole ? answer.body : ByteBuffer(string: isList ? "[]" : "{}")
    let isEmpty = body.readableBytes == 2
    let opening = ByteBuffer(string: (isEmpty ? "" : ",") + (isList ? "{\"padding\":[" : "\"padding\":["))
    lead = [body.prefix(body.readableBytes - 1), opening]
    last = ByteBuffer(string: isList ? "\"\"]}]" : "\"\"]}")
    let fixed = lead.reduce(last.readableBytes) { $0 + $1.readableBytes }
    fillers = (max(0, bytes - fixed) + Self.filler.readableBytes - 1) / Self.filler.readableBytes
    count = fixed + fillers * Self.filler.readableBytes
  }

  /// Whether `next` gives the last piece.
  var isAtLast: Bool { lead.isEmpty && fillers == 0 }

  /// The next piece. After the last one, the last one again.
  mutating func next() -> ByteBuffer {
    if let piece = lead.popFirst() { return piece }
    if fillers == 0 { return last }
    fillers -= 1
    return Self.filler
  }
}
