/// Which posts a metrics query wants: from its members `datePostedFrom`, `minViews` and the like, bounds included. A post without a date is
/// in no range of dates.
struct PostFilter: Sendable, Equatable {
  private var dates: (from: String?, to: String?) = (nil, nil)
  private var numbers: [Bounds] = []

  private struct Bounds: Sendable, Equatable {
    enum Member: String, CaseIterable {
      case views = "Views", likes = "Likes", interactions = "TotalInteractions", engagement = "Engagement"
    }

    let member: Member
    let least: Double
    let most: Double
  }

  init() {}

  init(_ members: [String: FlatJSON.Value]) {
    dates = (members["datePostedFrom"]?.text, members["datePostedTo"]?.text)
    numbers = Bounds.Member.allCases.compactMap { member in
      let (least, most) = (members["min" + member.rawValue]?.number, members["max" + member.rawValue]?.number)
      guard least != nil || most != nil else { return nil }
      return Bounds(member: member, least: least ?? -.infinity, most: most ?? .infinity)
    }
  }

  /// Whether it leaves all posts.
  var isEmpty: Bool { self == PostFilter() }

  func accepts(_ post: Post) -> Bool {
    if dates.from != nil || dates.to != nil {
      guard post.date != nil, post.datePosted >= dates.from ?? "", post.datePosted <= dates.to ?? "~" else { return false }
    }
    return numbers.allSatisfy { bounds in
      let value =
        switch bounds.member {
        case .views: Double(post.views)
        case .likes: Double(post.likes)
        case .interactions: Double(post.totalInteractions)
        case .engagement: post.engagement
        }
      return value >= bounds.least && value <= bounds.most
    }
  }

  static func == (left: PostFilter, right: PostFilter) -> Bool { left.dates == right.dates && left.numbers == right.numbers }
}

extension FlatJSON.Value {
  fileprivate var text: String? { if case .text(let text) = self { text } else { nil } }

  fileprivate var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .decimal(let number): number
    case .null, .text, .other: nil
    }
  }
}
