import TestSupport
import Testing

@testable import Caching

@Suite struct CacheControlTests {
  private func read(_ lines: String...) -> CacheControl {
    var control = CacheControl()
    for line in lines { control.read(line) }
    return control
  }

  @Test(arguments: [
    "no-store", "NO-STORE", " no-store ", "\tno-store\t", "max-age=5,no-store", "no-store,max-age=5", "a,,no-store,",
    ", no-store",
    "no-store=1", "no-store=\"x\"", "ext=\"a, b\", no-store", "ext=\"\\\"\", no-store", "ext=\"never closed, no-store",
    "\"a\",no-store", "no-store;", "ext=\"\\\",no-store", "\"no-store\"",
  ])
  func noStoreIsFound(line: String) {
    // A semicolon makes another word of it.
    #expect(read(line).noStore == (line != "no-store;"))
  }

  @Test(arguments: [
    "", " ", ",", "=", "\"", "no-stor", "no-storee", "no store", "ext=\"no-store\"", "ext=\"a, no-store, b\"", "x-no-store",
    "=no-store",
  ])
  func whatIsNoDirectiveSaysNothing(line: String) {
    #expect(read(line) == CacheControl())
  }

  @Test(arguments: [
    ("max-age=60", CacheControl.Seconds.length(60)), ("max-age=\"60\"", .length(60)), ("MAX-AGE=0060", .length(60)),
    ("max-age=60,max-age=60", .length(60)), ("max-age=60 ", .length(60)), ("max-age=0", .length(0)),
    ("max-age=2147483648", .length(1 << 31)), ("max-age=2147483649", .length(1 << 31)),
    ("max-age=99999999999999999999999999999999999", .length(1 << 31)),
    ("max-age", .unusable), ("max-age=", .unusable), ("max-age=\"\"", .unusable), ("max-age=-1", .unusable),
    ("max-age=+1", .unusable),
    ("max-age=1.5", .unusable), ("max-age=1e3", .unusable), ("max-age= 60", .unusable), ("max-age=6 0", .unusable),
    ("max-age=60;", .unusable), ("max-age=٦٠", .unusable), ("max-age=60,max-age=50", .unusable),
    ("max-age=x,max-age=60", .unusable),
    ("max-age=\"60", .unusable), ("max-age=60=60", .unusable), ("max-age =60", .length(60)),
    ("s-maxage=60", .absent), ("x-max-age=60", .absent), ("", .absent),
  ])
  func secondsAreReadOrUnusable(line: String, seconds: CacheControl.Seconds) {
    #expect(read(line).maxAge == seconds)
  }

  @Test func severalLinesAreOneList() {
    let control = read("max-age=10, private", "s-maxage=5, must-revalidate", "no-cache=\"set-cookie\", stale-if-error=9")
    #expect(control.maxAge == .length(10))
    #expect(control.sharedMaxAge == .length(5))
    #expect(control.staleIfError == .length(9))
    #expect(control.isPrivate && control.mustRevalidate && control.noCache && !control.noStore)
    #expect(read("max-age=10", "max-age=11").maxAge == .unusable)
    #expect(read("proxy-revalidate").mustRevalidate)
    #expect(read("private=\"x-name\"").isPrivate)
  }

  @Test func anyBytesAreReadWithoutTraps() {
    var random = SeededGenerator(seed: 3)
    let pieces = [
      "no-store", "max-age", "=", "\"", "\\", ",", " ", "9", "99999999999999999999", "\u{0}", "é", "private", "s-maxage=1",
    ]
    for _ in 0..<20_000 {
      let line = (0..<random.draw(0..<12)).map { _ in pieces[random.draw(0..<pieces.count)] }.joined()
      // Whatever stands before: a plain directive on its own line holds.
      let control = read(line, "no-store")
      #expect(control.noStore)
      if case .length(let seconds) = control.maxAge { #expect((0...1 << 31).contains(seconds)) }
    }
  }
}
