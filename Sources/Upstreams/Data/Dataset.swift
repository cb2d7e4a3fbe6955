import NIOCore
import RawJSON

/// All invented data of one seed, and its JSON. Lists of everything are rendered once; those of one user on demand.
struct Dataset: Sendable {
  let size: DataSize
  let users: ByteBuffer
  let accounts: ByteBuffer
  let metrics: ByteBuffer
  let dashboard: ByteBuffer
  /// Newest first.
  private let posts: [Post]

  init(_ size: DataSize) {
    self.size = size
    users = Self.list(of: size.users, bytesPerRow: 200) { User(id: $0, seed: size.seed).write(to: &$1) }
    accounts = Self.list(of: size.accounts, bytesPerRow: 100) {
      Account(id: $0, users: size.users, seed: size.seed).write(to: &$1)
    }
    posts = (0..<size.posts).map { Post(row: $0, stream: 3, users: size.users, seed: size.seed) }.sorted(by: Post.precedes)
    metrics = Self.metrics(posts)
    dashboard = Self.list(of: size.rows, bytesPerRow: 260) {
      Post(row: $0, stream: 4, users: size.users, seed: size.seed).writeDashboardRow(to: &$1)
    }
  }

  /// One user as an object; nil if there is none with that id.
  func profile(_ id: Int) -> ByteBuffer? {
    guard id >= 1, id <= size.users else { return nil }
    return JSONWriter.text { User(id: id, seed: size.seed).write(to: &$0) }
  }

  /// The accounts of one user, `[]` if it has none.
  func accounts(ofUser id: Int) -> ByteBuffer {
    let users = max(1, size.users)
    return JSONWriter.text { json in
      json.array { json in
        guard id >= 1, id <= users else { return }
        for row in stride(from: id == 1 ? users : id - 1, through: size.accounts, by: users) {
          Account(id: row, users: size.users, seed: size.seed).write(to: &json)
        }
      }
    }
  }

  /// The metrics document over the posts of one user only.
  func metrics(ofUser id: Int, where filter: PostFilter = PostFilter()) -> ByteBuffer {
    Self.metrics(posts.filter { $0.userID == id && filter.accepts($0) })
  }

  /// The metrics document over the posts of one administrator only.
  func metrics(ofAdmin id: Int, where filter: PostFilter = PostFilter()) -> ByteBuffer {
    Self.metrics(posts.filter { $0.adminID == id && filter.accepts($0) })
  }

  /// The metrics document over the posts that a filter leaves.
  func metrics(where filter: PostFilter) -> ByteBuffer { Self.metrics(posts.filter(filter.accepts)) }

  private static func list(of count: Int, bytesPerRow: Int, write: (Int, inout JSONWriter) -> Void) -> ByteBuffer {
    JSONWriter.text(capacity: count * bytesPerRow + 2) { json in
      json.array { json in
        for row in 0..<count { write(row + 1, &json) }
      }
    }
  }

  /// `{items, count, dashboard}`, where `dashboard` is `[]` or the one row of sums over exactly these posts.
  private static func metrics(_ posts: [Post]) -> ByteBuffer {
    JSONWriter.text(capacity: posts.count * 680 + 512) { json in
      json.object { json in
        json.key("items")
        json.array { json in
          for post in posts { post.write(to: &json) }
        }
        json.member("count", posts.count)
        json.key("dashboard")
        json.array { json in
          if !posts.isEmpty { writeTotals(of: posts, to: &json) }
        }
      }
    }
  }

  private static func writeTotals(of posts: [Post], to json: inout JSONWriter) {
    json.object { json in
      json.member("metric", "totals")
      json.member("totalPosts", posts.count)
      json.member("totalViews", posts.reduce(0) { $0 + $1.views })
      json.member("totalLikes", posts.reduce(0) { $0 + $1.likes })
      json.member("totalComments", posts.reduce(0) { $0 + $1.comments })
      json.member("totalInteractions", posts.reduce(0) { $0 + $1.totalInteractions })
      let mean = posts.reduce(0) { $0 + $1.engagement } / Double(posts.count)
      json.member("avgEngagement", rounded(mean, decimals: 10_000))
    }
  }
}
