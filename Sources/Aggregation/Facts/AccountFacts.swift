import RawJSON

/// What the summary needs to know of scraped accounts: who has most of them.
struct AccountFacts: Sendable {
  static let columns = ["userId", "user_id"]

  struct Owner: Sendable, Equatable {
    let user: UserID
    let accounts: Int
  }

  /// Most accounts first, ties in first-seen order.
  let topOwners: [Owner]
  /// Rows that belong to nobody: no object, or without a usable id.
  let oddRows: Int

  init(_ index: JSONIndex, in bytes: UnsafeRawBufferPointer, places: Int = Leaders<Int>.usualPlaces) {
    var owners = OwnerCounts(rows: index.rowCount)
    var oddRows = 0
    for row in 0..<index.rowCount {
      if let number = index.cell(row: row, column: 0).int64(in: bytes) {
        owners.count(number)
      } else if let id = UserID(index.cell(row: row, column: 0), in: bytes) ?? UserID(index.cell(row: row, column: 1), in: bytes)
      {
        owners.count(id)
      } else {
        oddRows += 1
      }
    }
    topOwners = owners.top(places)
    self.oddRows = oddRows
  }
}

/// Accounts counted by the user they belong to. Almost all ids are numbers, so only these are made fast.
private struct OwnerCounts {
  private var owners: ContiguousArray<(user: UserID, accounts: Int)> = []
  private var numbers: PlaceTable
  /// Where in `owners` the numbers of `numbers` are, and the numbers.
  private var numbered: ContiguousArray<(number: Int64, owner: Int)> = []
  /// Where in `owners` the other ids are.
  private var texts: [UserID: Int] = [:]
  private let seed = HashSeed.ofProcess

  init(rows: Int) {
    numbers = PlaceTable(things: rows)
    numbered.reserveCapacity(min(rows, 64))
    owners.reserveCapacity(min(rows, 64))
  }

  mutating func count(_ number: Int64) {
    let place = numbers.place(hash: seed.hash(number)) { numbered[$0].number == number }
    if place == numbered.count {
      numbered.append((number, owners.count))
      owners.append((.number(number), 0))
    }
    owners[numbered[place].owner].accounts += 1
  }

  mutating func count(_ user: UserID) {
    if case .number(let number) = user { return count(number) }
    let owner = texts[user] ?? owners.count
    if owner == owners.count {
      texts[user] = owner
      owners.append((user, 0))
    }
    owners[owner].accounts += 1
  }

  /// Most accounts first, ties in first-seen order.
  func top(_ places: Int) -> [AccountFacts.Owner] {
    var leaders = Leaders<Int>(places: places)
    for place in owners.indices { leaders.consider(score: Double(owners[place].accounts), place) }
    return leaders.elements.map { _, place in AccountFacts.Owner(user: owners[place].user, accounts: owners[place].accounts) }
  }
}
