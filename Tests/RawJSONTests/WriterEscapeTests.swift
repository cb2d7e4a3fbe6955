import RawJSON
import Testing
import TestSupport

/// Texts are looked at eight bytes at a time: whatever stands where, each byte that needs an escape gets one.
@Suite struct WriterEscapeTests {
  private func written(_ content: (inout JSONWriter) -> Void, capacity: Int = 0) -> String {
    var writer = JSONWriter(capacity: capacity)
    content(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\u{8}": "\\b"
    case "\t": "\\t"
    case "\n": "\\n"
    case "\u{C}": "\\f"
    case "\r": "\\r"
    case "\0"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: String(scalar)
    }
  }

  @Test func everyScalarAtEveryPlace() {
    for value in 0..<0x180 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for before in 0..<17 {
        let left = String(repeating: "!", count: before)
        #expect(written { $0.string("\(left)\(scalar)é]") } == "\"\(left)\(escaped(scalar))é]\"")
      }
    }
  }

  @Test func randomTextsAreEscapedByteByByte() {
    var random = SeededGenerator(seed: 9)
    for _ in 0..<2000 {
      let scalars = (0..<Int.random(in: 0...60, using: &random)).compactMap { _ in
        Unicode.Scalar(Int.random(in: 0...Int.random(in: 0...0x2FF, using: &random), using: &random))
      }
      let text = String(String.UnicodeScalarView(scalars))
      #expect(written { $0.string(text) } == "\"" + scalars.map { escaped($0) }.joined() + "\"")
    }
  }

  @Test(arguments: [0, 1, 2, 63, 64, 65, 4096]) func whateverItsCapacityTheTextIsTheSame(_ capacity: Int) {
    let write = { (writer: inout JSONWriter) in
      writer.array { writer in
        for number in 0..<200 {
          writer.object { writer in
            writer.key("a")
            writer.int(number - 100)
            writer.key(named: "b\(number)")
            writer.string(String(repeating: "x", count: number))
          }
          writer.raw([UInt8]("[]".utf8))
          writer.raw("{}".utf8.lazy.map { $0 }.reversed().reversed())
          writer.double(Double(number) / 8)
        }
      }
    }
    let text = written(write, capacity: capacity)
    let expected = (0..<200).map { number in
      #"{"a":\#(number - 100),"b\#(number)":"\#(String(repeating: "x", count: number))"},[],{},\#(Double(number) / 8)"#
    }
    #expect(text == "[" + expected.joined(separator: ",") + "]")
  }

  @Test func aCopyOfAWriterGoesItsOwnWay() {
    var one = JSONWriter(capacity: 64)
    one.beginArray()
    var other = one
    one.int(1)
    other.int(22)
    #expect(String(decoding: one.bytes, as: UTF8.self) == "[1" && String(decoding: other.bytes, as: UTF8.self) == "[22")
  }
}
