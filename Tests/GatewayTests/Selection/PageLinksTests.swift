import Testing

@testable import Gateway

@Suite struct PageLinksTests {
  private static let path = "/api/dashboard/consolidated"

  @Test func theOtherParametersStayAsTheyCame() {
    let query = QueryParameters("limit=5&x=%2C&cursor=old&section=users&cu%72sor=older")
    #expect(
      PageLinks.value(path: Self.path, query, next: "new")
        == "<\(Self.path)?limit=5&x=%2C&section=users&cursor=new>; rel=\"next\", <\(Self.path)?limit=5&x=%2C&section=users>; rel=\"first\""
    )
    #expect(PageLinks.value(path: Self.path, QueryParameters("cursor=a"), next: nil) == "<\(Self.path)>; rel=\"first\"")
  }

  @Test func whatNoURIHasIsEscaped() {
    let query = QueryParameters("limit=5&x=a>; rel=\"evil\", <\u{E9}{|}\\^`")
    #expect(
      PageLinks.value(path: Self.path, query, next: nil)
        == "<\(Self.path)?limit=5&x=a%3E;%20rel=%22evil%22,%20%3C%C3%A9%7B%7C%7D%5C%5E%60>; rel=\"first\"")
  }
}
