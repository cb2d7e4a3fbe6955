import NIOCore
import RawJSON
import Resilience

/// `/summary`: what is computed from the four sections (contract §3), and what each computed part rests on.
struct SummaryDocument {
  /// The sections it is computed from. Their names are code: what is computed from a section depends on what it means.
  static let sections = ["users", "scraped_accounts", "metrics", "dashboard_data"]

  private let metadata: DocumentMetadata
  private let users: Section?
  private let accounts: Section?
  private let posts: PostFacts?
  private let view: DocumentView

  init(metadata: DocumentMetadata, view: DocumentView = DocumentView()) {
    self.metadata = metadata
    self.view = view
    users = metadata.section("users")
    accounts = metadata.section("scraped_accounts")
    if case .posts(let posts) = metadata.section("metrics")?.facts(places: view.top) { self.posts = posts } else { posts = nil }
  }

  var bytes: [UInt8] {
    var writer = JSONWriter(capacity: 4096)
    writer.object { writer in
      writeSummary(to: &writer)
      writeRankings(to: &writer)
      writeTrends(to: &writer)
      metadata.writeTimestamp(to: &writer)
      writer.key("metadata")
      writer.object { writer in
        metadata.write(to: &writer)
        writeDerived(to: &writer)
      }
    }
    return writer.bytes
  }

  private func writeSummary(to writer: inout JSONWriter) {
    writer.key("summary")
    writer.object { writer in
      writer.key("total_users")
      writer.int(users?.rowCount ?? 0)
      writer.key("total_accounts")
      writer.int(accounts?.rowCount ?? 0)
      writer.key("average_engagement")
      writer.double(Rounding.toCents(posts?.averageEngagement ?? 0))
      writer.key("total_views")
      writer.int(posts?.totalViews ?? 0)
      writer.key("total_likes")
      writer.int(posts?.totalLikes ?? 0)
      writer.key("total_interactions")
      writer.int(posts?.totalInteractions ?? 0)
    }
  }

  private func writeTrends(to writer: inout JSONWriter) {
    let trend = posts?.trend ?? .unknown
    writer.key("trends")
    writer.object { writer in
      writer.key("engagement_trend")
      writer.string(trend.direction.rawValue)
      writer.key("growth_rate")
      writer.double(Rounding.toCents(trend.growthRate))
    }
  }

  private func writeDerived(to writer: inout JSONWriter) {
    writer.key("derived")
    writer.object { writer in
      for (value, derivation) in DerivedValue.derivations(metadata, view) { derivation.write(of: value.rawValue, to: &writer) }
    }
  }
}

// MARK: A part of it

extension SummaryDocument {
  /// What is wanted of it.
  var selected: ByteBuffer {
    var out = ByteBufferAllocator().buffer(capacity: 1024)
    let always = ["complete", "sections"]
    let selection = view.fields.map { fields in always.reduce(fields) { $0.adding("metadata", $1) } } ?? .whole
    bytes.withUnsafeBytes { JSONProjection.write(selection, of: $0, to: &out) }
    return out
  }
}

// MARK: Rankings

extension SummaryDocument {
  private func writeRankings(to writer: inout JSONWriter) {
    writer.key("rankings")
    writer.object { writer in
      writeTopUsers(to: &writer)
      writeTopAccounts(to: &writer)
      writeBestEngagement(to: &writer)
    }
  }

  private func writeTopUsers(to writer: inout JSONWriter) {
    var owners: [AccountFacts.Owner] = []
    if case .accounts(let facts) = accounts?.facts(places: view.top) { owners = facts.topOwners }
    owners = Array(owners.prefix(view.top))
    var emails = [String?](repeating: nil, count: owners.count)
    if case .users(let directory) = users?.facts { emails = directory.emails(of: owners.map(\.user)) }
    writer.key("top_users")
    writer.array { writer in
      for (owner, email) in zip(owners, emails) {
        writer.object { writer in
          writer.key("user_id")
          owner.user.write(to: &writer)
          writer.key("accounts_count")
          writer.int(owner.accounts)
          writer.key("email")
          writer.string(email ?? "N/A")
        }
      }
    }
  }

  private func writeTopAccounts(to writer: inout JSONWriter) {
    writer.key("top_accounts")
    writer.array { writer in
      for account in posts?.topAccounts.prefix(view.top) ?? [] {
        writer.object { writer in
          writer.key("account")
          writer.string(account.account)
          writer.key("total_views")
          writer.int(account.views)
          writer.key("total_likes")
          writer.int(account.likes)
          writer.key("total_engagement")
          writer.double(account.engagement)
          writer.key("post_count")
          writer.int(account.posts)
        }
      }
    }
  }

  private func writeBestEngagement(to writer: inout JSONWriter) {
    writer.key("best_engagement")
    writer.array { writer in
      for post in posts?.bestPosts.prefix(view.top) ?? [] {
        writer.object { writer in
          writer.key("post_id")
          writer.string(post.id)
          writer.key("account")
          writer.string(post.account)
          writer.key("engagement")
          writer.double(post.engagement)
          writer.key("views")
          writer.int(post.views)
          writer.key("likes")
          writer.int(post.likes)
        }
      }
    }
  }
}
