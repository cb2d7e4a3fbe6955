import Testing

@testable import Gateway

@Suite struct UserIDParameterTests {
  @Test(arguments: [nil, "", "other=7", "user_idx=0", "user=1&id=2", "&&", "="])
  func withoutTheParameterAllUsersAreMeant(query: String?) throws {
    #expect(try UserIDParameter.value(in: QueryParameters(query)) == nil)
  }

  @Test(arguments: [
    ("user_id=7", 7), ("user_id=9223372036854775807", Int64.max), ("a=b&user_id=12&c", 12), ("user_id=7&user_id=7", 7),
    ("%75ser_id=7", 7), ("user_id=%37", 7),
  ])
  func plainDigitsAreTaken(query: String, user: Int64) throws {
    #expect(try UserIDParameter.value(in: QueryParameters(query)) == user)
  }

  @Test(arguments: [
    "user_id=0", "user_id=-1", "user_id=1.0", "user_id=abc", "user_id=", "user_id", "user_id=9223372036854775808",
    "user_id=12345678901234567890", "user_id=00000000000000000001", "user_id=+7", "user_id=%207", "user_id=7&user_id=8",
    "user_id=7&user_id=", "%75ser_id=0", "user_id=٧", "user_id=7%00", "user_id=%2", "user_id=%+7", "user_id=1e3", "user_id=0x7",
    "user_id=7;8",
  ])
  func anythingElseIsRefused(query: String) {
    #expect(throws: Problem.self) { try UserIDParameter.value(in: QueryParameters(query)) }
  }
}
