import HTTPTypes
import TestSupport
import Testing

@testable import Gateway

/// RFC 9110 §12.5.3.
@Suite struct AcceptEncodingTests {
  @Test(
    arguments: [
      // What there is in the world.
      (nil, .identity), ("", .identity), ("gzip, deflate, br, zstd", .br), ("gzip, deflate, br", .br), ("gzip, deflate", .gzip),
      ("gzip", .gzip), ("br", .br), ("identity", .identity), ("deflate", .identity), ("zstd", .identity), ("*", .br),
      ("compress, gzip", .gzip), ("gzip;q=1.0, identity; q=0.5, *;q=0", .gzip), ("identity;q=1, *;q=0", .identity),
      // Names.
      ("GZIP", .gzip), ("Br", .br), ("x-gzip", .gzip), ("X-GZip;q=0.5", .gzip), ("x-br", .identity), ("gzipp", .identity),
      ("brr, gz, ip", .identity),
      // Weights.
      ("gzip;q=0.9, br;q=0.8", .gzip), ("gzip;q=0.8, br;q=0.9", .br), ("gzip;q=0.5, br;q=0.5", .br),
      ("gzip;q=0.501, br;q=0.5", .gzip),
      ("br;q=0.001", .br), ("gzip;Q=0.7", .gzip), ("gzip ; q=0.7 , br;\tq=0.6", .gzip), ("gzip;q=1.", .gzip),
      ("gzip;q=1.000", .gzip),
      ("gzip;q=0.", .identity),
      // Forbidden.
      ("gzip;q=0", .identity), ("br;q=0, gzip", .gzip), ("br;q=0.000, gzip;q=0.1", .gzip), ("gzip;q=0, br;q=0", .identity),
      ("*;q=0", .identity), ("*, br;q=0", .gzip), ("*;q=0, gzip", .gzip), ("br;q=0, gzip;q=0, *", .identity),
      // The identity, wanted more, equally, less.
      ("identity, gzip;q=0.9", .identity), ("identity, gzip", .gzip), ("identity;q=0.5, gzip;q=0.6", .gzip),
      ("identity;q=0.6, gzip;q=0.5, br;q=0.4", .identity), ("*;q=0.5, br;q=0.4, gzip;q=0.3", .identity),
      ("*;q=0.5, gzip;q=0.4", .br),
      // Nothing is acceptable, and it is sent all the same.
      ("identity;q=0", .identity), ("identity;q=0, deflate", .identity), ("identity;q=0, *;q=0", .identity),
      ("identity;q=0, gzip;q=0.1", .gzip), ("identity;q=0, *", .br),
      // Malformed: as if it were not there.
      ("br;q=2, gzip", .gzip), ("br;q=1.001, gzip", .gzip), ("br;q=0.1234, gzip;q=0.1", .gzip), ("br;q=, gzip", .gzip),
      ("br;q=.5, gzip", .gzip), ("br;q=-1, gzip", .gzip), ("br;q=abc, gzip", .gzip), ("br;level=5, gzip", .gzip),
      ("br;q=1;x=y, gzip", .gzip), ("br q=1, gzip", .gzip), ("br;, gzip", .gzip), ("\"br\", gzip", .gzip), ("br/1, gzip", .gzip),
      ("br;q =1, gzip", .gzip), (";q=1, gzip", .gzip), ("br;q=0 0, gzip", .gzip), ("br;q=99999999999999999999, gzip", .gzip),
      (",, ,gzip,,", .gzip), ("é, gzip", .gzip), ("***, gzip", .gzip),
      // Twice: the lower.
      ("gzip;q=0, gzip", .identity), ("br, br;q=0, gzip", .gzip), ("x-gzip;q=0, gzip;q=1", .identity), ("br;q=x, br;q=0.5", .br),
      ("br;q=0.9, gzip;q=0.8, br;q=0.7", .gzip),
    ] as [(String?, ContentCoding)])
  func theCodingThatIsPreferred(value: String?, coding: ContentCoding) {
    #expect(AcceptEncoding(value: value).preferred == coding)
  }

  @Test func moreFieldsAreOneList() {
    var fields = HTTPFields()
    #expect(AcceptEncoding(fields).preferred == .identity)
    fields.append(HTTPField(name: .acceptEncoding, value: "gzip;q=0.5"))
    #expect(AcceptEncoding(fields).preferred == .gzip)
    fields.append(HTTPField(name: .acceptEncoding, value: "br;q=0.9, gzip;q=0"))
    #expect(AcceptEncoding(fields).preferred == .br)
  }

  /// Whatever is sent coded was named, by itself or by the star, and is nowhere forbidden.
  @Test func nothingIsSentThatWasNotAskedFor() {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<5000 {
      let members = (0..<random.draw(0..<6)).map { _ in
        random.pick(["gzip", "br", "x-gzip", "*", "identity", "deflate", ""])
          + random.pick(["", ";q=0", ";q=0.5", ";q=1", ";q=2", ";", ";q=\"1\"", ";q=1;q=1"])
      }
      let value = members.joined(separator: random.pick([",", ", ", " , ", ",,\t"]))
      guard let name = AcceptEncoding(value: value).preferred.name else { continue }
      #expect(value.contains(name) || value.contains("*"), "\(value)")
      #expect(!members.contains("\(name);q=0") && !(name == "gzip" && members.contains("x-gzip;q=0")), "\(value)")
    }
  }
}
