import NIOCore
import RawJSON

/// The users of a section, to look a few of them up: places in the body, nothing copied.
struct UserDirectory: Sendable {
  static let columns = ["id", "email"]

  private let index: JSONIndex
  private let body: ByteBuffer

  init(_ index: JSONIndex, body: ByteBuffer) {
    self.index = index
    self.body = body
  }

  /// In bytes, without the body, which the section holds.
  var cost: Int { index.memory }

  /// The user with that e-mail address, byte for byte; nil where there is none, or more than one.
  func user(withEmail email: String) -> Int64? {
    var found: Int64?
    return body.withUnsafeReadableBytes { bytes in
      for row in 0..<index.rowCount
      where index.cell(row: row, column: 1).string(in: bytes)?.utf8.elementsEqual(email.utf8) == true {
        guard case .number(let id)? = UserID(index.cell(row: row, column: 0), in: bytes), id > 0 else { continue }
        if let found, found != id { return nil }
        found = id
      }
      return found
    }
  }

  /// The e-mail addresses of `users`, in their order; nil for one who is not here or has none. Ids `7` and `"7"` are the same.
  func emails(of users: [UserID]) -> [String?] {
    var emails = [String?](repeating: nil, count: users.count)
    guard !users.isEmpty else { return emails }
    body.withUnsafeReadableBytes { bytes in
      for row in 0..<index.rowCount {
        guard let id = UserID(index.cell(row: row, column: 0), in: bytes) else { continue }
        for position in users.indices where users[position] == id && emails[position] == nil {
          emails[position] = index.cell(row: row, column: 1).string(in: bytes)
        }
      }
    }
    return emails
  }
}

/// A user's id, which upstreams write as a number or as text: `7` and `"7"` are the same user.
enum UserID: Hashable, Sendable {
  case number(Int64)
  case text(String)

  /// Nil for anything but an integer or a text that is not empty.
  init?(_ cell: JSONIndex.Cell, in bytes: UnsafeRawBufferPointer) {
    if let number = cell.int64(in: bytes) {
      self = .number(number)
    } else if let text = cell.identifier(in: bytes)?.string, !text.isEmpty {
      if let number = Int64(text), String(number) == text { self = .number(number) } else { self = .text(text) }
    } else {
      return nil
    }
  }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .number(let number): writer.int(number)
    case .text(let text): writer.string(text)
    }
  }
}
