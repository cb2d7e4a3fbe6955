import RawJSON

/// One row of the metrics section as the summary reads it. Points into the body that it was made from.
struct PostRow {
  /// The columns that are read, by position.
  static let columns = [
    "views", "likes", "totalInteractions", "engagement", "usernameTiktokAccount", "postId", "datePosted", "hourPosted",
  ]
  /// As many as `columns`, known to the compiler.
  static let columnCount = 8
  private static let placeholder = "N/A"

  let views: Int64
  let likes: Int64
  let interactions: Int64
  /// Finite; 0 where there is none.
  let engagement: Double
  /// Something was absent, or not of the kind that it should be.
  let isOdd: Bool
  private let accountText: JSONText?
  private let postCell: JSONIndex.Cell
  private let dayCell: JSONIndex.Cell
  private let hourCell: JSONIndex.Cell
  private let bytes: UnsafeRawBufferPointer

  /// - Parameters:
  ///   - cells: of whole rows, each with the columns above.
  ///   - number: of the row, one of them.
  @inline(__always)
  init(_ cells: UnsafeBufferPointer<JSONIndex.Cell>, _ number: Int, in bytes: UnsafeRawBufferPointer) {
    let first = number &* Self.columnCount
    let views = cells[first].saturatingInt64(in: bytes)
    let likes = cells[first &+ 1].saturatingInt64(in: bytes)
    let interactions = cells[first &+ 2].saturatingInt64(in: bytes)
    let engagement = cells[first &+ 3].double(in: bytes)
    self.views = views ?? 0
    self.likes = likes ?? 0
    self.interactions = interactions ?? 0
    self.engagement = engagement ?? 0
    accountText = cells[first &+ 4].text(in: bytes)
    postCell = cells[first &+ 5]
    dayCell = cells[first &+ 6]
    hourCell = cells[first &+ 7]
    self.bytes = bytes
    isOdd =
      views == nil || likes == nil || interactions == nil || engagement == nil || accountText == nil || !postCell.isString
  }

  /// The account's name; nil where it is absent, empty or `"N/A"`.
  var account: JSONText? {
    guard let text = accountText, !text.isEmpty else { return nil }
    // Only what is as short, or has escapes, can be that.
    if text.hasEscapes || text.raw.count == 3, text == "N/A" { return nil }
    return text
  }

  var post: PostFacts.Post {
    PostFacts.Post(
      id: postCell.identifier(in: bytes)?.string ?? Self.placeholder,
      account: accountText?.string ?? Self.placeholder,
      engagement: engagement, views: views, likes: likes)
  }

  /// `datePosted` as year, month and day in one number that orders as the text does; nil unless it is a real `YYYY-MM-DD`.
  var day: UInt32? {
    guard let text = dayCell.text(in: bytes) else { return nil }
    return text.hasEscapes ? text.withBytes(CivilTime.day) : CivilTime.day(text.raw)
  }

  /// `hourPosted` as a number below 2¹⁷ that orders as the text does: absent first, then `HH:MM:SS`, then any other text.
  var hour: UInt32 {
    guard let text = hourCell.text(in: bytes) else { return 0 }
    let second = text.hasEscapes ? text.withBytes(CivilTime.secondOfDay) : CivilTime.secondOfDay(text.raw)
    return (second ?? CivilTime.secondsOfDay) + 1
  }
}
