import HTTPTypes
import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct RequestHeadTests {
  private static func read(_ head: HTTPRequestHead, _ limits: EdgeLimits = EdgeLimits()) -> RequestHead {
    RequestHead(head, limits: limits)
  }

  @Test func aRequestIsWhatItsHeadSays() {
    let head = Self.read(.get("/a?b=c", ["X-A": "1", "x-a": "2", "Cookie": "c"]))
    let request = head.incoming.request
    #expect(head.problem == nil && !head.hasBody)
    #expect(request.method == .get && request.path == "/a?b=c" && request.authority == "a")
    #expect(request.headerFields[values: HTTPField.Name("x-A")!] == ["1", "2"])
    #expect(request.headerFields[.cookie] == "c")
  }

  @Test(arguments: [
    ("http://b:80/x?y", "b:80", "/x?y"), ("HTTPS://b", "b", "/"), ("http://b?y", "b", "/?y"), ("http://[::1]/", "[::1]", "/"),
  ]) func anAbsoluteTargetNamesTheHost(target: String, authority: String, path: String) {
    let head = Self.read(.get(target))
    #expect(head.problem == nil)
    #expect(head.incoming.request.authority == authority)
    #expect(head.incoming.request.path == path)
  }

  @Test(arguments: ["", "a", "*", "http://", "http:///x", "http://u@b/", "ftp://b/", "//\u{0}".dropLast().description + "x:"])
  func aTargetThatIsNoneIsRefused(target: String) {
    let head = Self.read(.get(target))
    #expect(target.hasPrefix("/") || head.problem?.status == .badRequest)
  }

  @Test(arguments: ["/#", "/a?b#c", "http://b#", "http://b/#/a", "#"]) func aTargetHasNoFragment(target: String) {
    #expect(Self.read(.get(target)).problem?.status == .badRequest)
  }

  @Test func theServerAsAWholeMayBeAskedForItsOptions() {
    var head = HTTPRequestHead.get("*")
    head.method = .OPTIONS
    #expect(Self.read(head).problem == nil)
  }

  @Test func aTunnelIsNotBuilt() {
    var head = HTTPRequestHead.get("b:443")
    head.method = .CONNECT
    #expect(Self.read(head).problem?.status == .notImplemented)
  }

  @Test func lengthsTellOfBodies() {
    #expect(Self.read(.post("/", ["Content-Length": "7"])).contentLength == 7)
    #expect(Self.read(.post("/", ["Content-Length": "0"])).hasBody == false)
    #expect(Self.read(.post("/", ["Transfer-Encoding": "Chunked"])).contentLength == nil)
    #expect(Self.read(.post("/", ["Content-Length": "65537"])).problem?.status == .contentTooLarge)
    #expect(Self.read(.post("/", ["Content-Length": "99999999999999999999"])).problem?.status == .contentTooLarge)
  }

  @Test func anOldClientNeedsNoHostAndExpectsNothing() {
    let head = HTTPRequestHead(version: .http1_0, method: .GET, uri: "/", headers: ["Expect": "a-miracle"])
    #expect(Self.read(head).problem == nil)
    #expect(!Self.read(head).expectsContinue)
  }

  @Test func limitsAreExact() {
    var limits = EdgeLimits()
    limits.maxRequestLine = "GET /abc HTTP/1.1".utf8.count
    limits.maxHeader = 10
    limits.maxHeaders = 14
    limits.maxHeaderFields = 3
    #expect(Self.read(.get("/abc", ["a": "23456789"]), limits).problem == nil)
    #expect(Self.read(.get("/abcd"), limits).problem?.status == .uriTooLong)
    #expect(Self.read(.get("/", ["a": "2345678901"]), limits).problem?.status == .requestHeaderFieldsTooLarge)
    #expect(Self.read(.get("/", ["a": "2345", "b": "2345"]), limits).problem?.status == .requestHeaderFieldsTooLarge)
    #expect(Self.read(.get("/", ["a": "", "b": "", "c": ""]), limits).problem?.status == .requestHeaderFieldsTooLarge)
  }
}
