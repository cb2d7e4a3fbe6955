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

  init(_ index: JSONIndex, in bytes: UnsafeRawBufferPointer) {
    var places: [UserID: Int] = [:]
    places.reserveCapacity(min(index.rowCount, 64))
    var owners: [(user: UserID, accounts: Int)] = []
    var oddRows = 0
    for row in 0..<index.rowCount {
      let id = UserID(index.cell(row: row, column: 0), in: bytes) ?? UserID(index.cell(row: row, column: 1), in: bytes)
      guard let id else {
        oddRows += 1
        continue
      }
      if let place = places[id] {
        owners[place].accounts += 1
      } else {
        places[id] = owners.count
        owners.append((id, 1))
      }
    }
    var leaders = Leaders<Owner>()
    for owner in owners {
      leaders.consider(score: Double(owner.accounts), Owner(user: owner.user, accounts: owner.accounts))
    }
    topOwners = leaders.elements.map(\.element)
    self.oddRows = oddRows
  }
}
