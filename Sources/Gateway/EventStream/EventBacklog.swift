import NIOCore

/// What a client of a stream has not taken yet: a value that says when it is too much.
///
/// What a client is owed when it comes, all of the data, is not held against it however long it takes to read; it has as long for each
/// part of it as for any answer. What is told later is: a client that is more than the limit behind when there is more to tell is too slow.
struct EventBacklog {
  private struct Piece {
    var bytes: ByteBuffer
    let isOwed: Bool
  }

  private let limit: Int
  private var pieces: [Piece] = []
  private var first = 0
  /// Bytes that wait, but for those that are owed.
  private(set) var behind = 0

  /// - Parameter limit: bytes.
  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { pieces.isEmpty }

  /// One event, in pieces.
  ///
  /// - Returns: false where the client is too far behind; nothing is added then.
  mutating func add(_ event: [ByteBuffer], isOwed: Bool) -> Bool {
    guard isOwed || behind <= limit else { return false }
    for piece in event where piece.readableBytes > 0 {
      pieces.append(Piece(bytes: piece, isOwed: isOwed))
      if !isOwed { behind += piece.readableBytes }
    }
    return true
  }

  /// Takes out what comes next, at most so many bytes: at least one, where there is anything.
  mutating func next(atMost limit: Int) -> [ByteBuffer] {
    var taken: [ByteBuffer] = []
    var room = max(limit, 1)
    while first < pieces.count, room > 0 {
      let size = min(room, pieces[first].bytes.readableBytes)
      guard let part = pieces[first].bytes.readSlice(length: size) else { break }
      taken.append(part)
      room -= size
      if !pieces[first].isOwed { behind -= size }
      if pieces[first].bytes.readableBytes == 0 { first += 1 }
    }
    // Most of the time nothing waits, and then it takes no memory.
    if first == pieces.count { (pieces, first) = ([], 0) }
    return taken
  }
}
