import RawJSON

/// A user as the users service shows it; about 180 bytes of JSON.
struct User: Sendable {
  let id: Int
  let firstname: String
  let lastname: String
  let day: Int

  private static let firstnames = ["Ana", "José", "Lucía", "Mateo", "Zoë", "Noor", "Björk", "Aiko"]
  private static let lastnames = ["Rojas", "Núñez", "O'Brien", "Smith", "Lee", "\"El Tigre\" Soto", "da Silva", "Müller"]

  /// The user with that id, the same for the same seed.
  init(id: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed, stream: 1, row: id)
    self.id = id
    firstname = random.pick(Self.firstnames)
    lastname = random.pick(Self.lastnames)
    day = random.draw(1...28)
  }

  /// Every tenth user is an administrator.
  var isAdmin: Bool { id % 10 == 0 }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", id)
      json.member("email", "user\(id)@test.com")
      json.member("firstname", firstname)
      json.member("lastname", lastname)
      json.member("username", "user\(id)")
      json.member("role", isAdmin ? "ADMIN" : "USER")
      json.member("creationDate", "2025-09-" + twoDigits(day))
      json.key("adminProfile")
      if isAdmin { json.object { $0.member("id", id / 10) } } else { json.null() }
    }
  }
}

/// 0…99 as two digits.
func twoDigits(_ number: Int) -> String {
  number < 10 ? "0\(number)" : "\(number)"
}
