import RawJSON
import Testing

/// Reading a small body member by member.
@Suite struct JSONItemsTests {
  /// Each item as `name=text:kind`.
  private static func items(_ text: String) -> [String] {
    Array(text.utf8).withUnsafeBytes { bytes in
      JSONItems(in: bytes).map { item in
        let name = item.name.map { "\($0.string)=" } ?? ""
        return "\(name)\(item.text?.string ?? ""):\(item.kind)"
      }
    }
  }

  @Test func membersComeInOrderAndAlsoTwice() {
    let text = #" { "a" : "x" , "b":[1,{"c":"]}"}],"a":{}, "d":-1.5e3 ,"e":null,"f":true , "g" : false } "#
    #expect(Self.items(text) == ["a=x:string", "b=:array", "a=:object", "d=:number", "e=:null", "f=:bool", "g=:bool"])
  }

  @Test func elementsHaveNoNames() {
    #expect(Self.items(#"["a",[],{"b":1} , 2,"" ]"#) == ["a:string", ":array", ":object", ":number", ":string"])
  }

  @Test func whatIsEmptyHasNone() {
    for text in ["{}", "[]", " [ ] ", "{\n}"] { #expect(Self.items(text) == []) }
  }

  @Test func escapesAreUndoneAndEndNoString() {
    #expect(Self.items(#"{"\u0061\"b":"c\\","d\\":"\\\"}"}"#) == [#"a"b=c\:string"#, #"d\=\"}:string"#])
  }

  @Test func itemsHaveItems() {
    let bytes = Array(#"{"tags":["a", "b"]}"#.utf8)
    let tags = bytes.withUnsafeBytes { JSONItems(in: $0).first { _ in true }?.items?.map { $0.text?.string } }
    #expect(tags == ["a", "b"])
  }

  /// Every beginning of a document: there is nothing to be said of what is found, but it ends, inside the bytes.
  @Test func whatIsCutOffIsReadToItsEnd() {
    let text = #"{"a":"x\\","b":[1,{"c":"]}"}],"d":{"e":[true]}}"#
    for count in 0..<text.count { #expect(Self.items(String(text.prefix(count))).count <= 4) }
  }
}
