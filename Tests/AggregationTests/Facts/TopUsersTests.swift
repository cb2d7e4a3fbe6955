import NIOCore
import RawJSON
import Testing

@testable import Aggregation

@Suite struct TopUsersTests {
  private func owners(_ rows: [String]) throws -> [AccountFacts.Owner] { try accountFacts(rows).topOwners }

  private func owner(_ id: Int64, _ accounts: Int) -> AccountFacts.Owner {
    AccountFacts.Owner(user: .number(id), accounts: accounts)
  }

  @Test func accountsAreCountedByUserMostFirst() throws {
    let rows = [3, 5, 5, 4, 5, 4].map { #"{"userId":\#($0)}"# }
    #expect(try owners(rows) == [owner(5, 3), owner(4, 2), owner(3, 1)])
  }

  @Test func atMostFiveAndTiesInFirstSeenOrder() throws {
    #expect(try owners([9, 8, 7, 6, 5, 4].map { #"{"userId":\#($0)}"# }) == [9, 8, 7, 6, 5].map { owner($0, 1) })
    let rows = [1, 2, 3, 4, 5, 6, 6].map { #"{"userId":\#($0)}"# }
    #expect(try owners(rows) == [owner(6, 2), owner(1, 1), owner(2, 1), owner(3, 1), owner(4, 1)])
  }

  @Test func theNumberAndItsTextAreTheSameUser() throws {
    #expect(try owners([#"{"userId":7}"#, #"{"userId":"7"}"#, #"{"user_id":"7"}"#, #"{"userId":"\u0037"}"#]) == [owner(7, 4)])
  }

  @Test(arguments: [
    #"{"user_id":7}"#, #"{"userId":null,"user_id":7}"#, #"{"user_id":7,"userId":{}}"#, #"{"userId":"","user_id":7}"#,
  ])
  func withoutUserIdTheOtherNameCounts(_ row: String) throws {
    #expect(try owners([row]) == [owner(7, 1)])
  }

  @Test func userIdGoesBeforeTheOtherName() throws {
    #expect(try owners([#"{"user_id":2,"userId":1}"#]) == [owner(1, 1)])
  }

  @Test(arguments: ["{}", #"{"userId":null}"#, #"{"userId":true}"#, #"{"userId":[7]}"#, #"{"user_id":""}"#, "null", "7"])
  func aRowOfNobodyIsOddAndCountsForNobody(_ row: String) throws {
    let facts = try accountFacts([row, #"{"userId":1}"#])
    #expect(facts.topOwners == [owner(1, 1)] && facts.oddRows == 1)
  }

  @Test func hugeIDsAreKeptApart() throws {
    let rows = ["9223372036854775807", #""9223372036854775807""#, "9223372036854775808", "9223372036854775809"]
    #expect(
      try owners(rows.map { #"{"userId":\#($0)}"# }) == [
        owner(.max, 2), AccountFacts.Owner(user: .text("9223372036854775808"), accounts: 1),
        AccountFacts.Owner(user: .text("9223372036854775809"), accounts: 1),
      ])
  }

  @Test func anIDThatIsNoNumberIsAnIDAllTheSame() throws {
    let rows = [#"{"userId":"ann"}"#, #"{"userId":"ann"}"#, #"{"userId":"007"}"#, #"{"userId":7}"#]
    #expect(
      try owners(rows) == [
        AccountFacts.Owner(user: .text("ann"), accounts: 2), AccountFacts.Owner(user: .text("007"), accounts: 1), owner(7, 1),
      ])
  }
}

@Suite struct UserDirectoryTests {
  @Test func emailsAreFoundByID() throws {
    let users = try userDirectory([#"{"id":1,"email":"a@x"}"#, #"{"id":"2","email":"b@x"}"#, #"{"id":3,"email":"\u0063@x"}"#])
    #expect(users.emails(of: [.number(3), .number(1), .number(2)]) == ["c@x", "a@x", "b@x"])
  }

  /// é and K, each in two ways that Swift takes for the same text.
  @Test(arguments: [("jos\u{E9}@x", "jose\u{301}@x"), ("K@x", "\u{212A}@x")])
  func anAddressThatOnlyLooksTheSameIsAnother(_ one: String, _ other: String) throws {
    #expect(one == other && !one.utf8.elementsEqual(other.utf8))
    let users = try userDirectory([#"{"id":1,"email":"\#(one)"}"#])
    #expect(users.user(withEmail: one) == 1 && users.user(withEmail: other) == nil)
  }

  @Test func whoIsNotThereHasNoEmail() throws {
    #expect(try userDirectory([#"{"id":1,"email":"a@x"}"#]).emails(of: [.number(2), .text("1x")]) == [nil, nil])
    #expect(try userDirectory([]).emails(of: [.number(1)]) == [nil])
  }

  @Test(arguments: ["null", "7", "{}"])
  func anEmailThatIsNoTextIsNone(_ email: String) throws {
    #expect(try userDirectory([#"{"id":1,"email":\#(email)}"#]).emails(of: [.number(1)]) == [nil])
  }

  @Test func aProfileIsADirectoryOfOne() throws {
    #expect(try userDirectory([#"{"id":7,"email":"g@x"}"#], as: .objectAsList).emails(of: [.number(7)]) == ["g@x"])
  }

  @Test func oddUsersHurtNobody() throws {
    let rows = ["null", "[]", #"{"email":"x"}"#, #"{"id":null,"email":"y"}"#, #"{"id":1,"email":"a@x"}"#]
    #expect(try userDirectory(rows).emails(of: [.number(1)]) == ["a@x"])
  }
}
