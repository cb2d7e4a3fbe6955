import Clients
import NIOCore
import RawJSON
import Resilience
import Testing

@testable import Aggregation

/// The definition of one of the four sections.
func definition(_ name: String) -> SectionDefinition {
  guard let definition = SectionDefinition.defaults.first(where: { $0.name == name }) else { fatalError("no section \(name)") }
  return definition
}

/// Reads a body as the whole of a section, both to be spliced and to be computed from, which must agree.
///
/// - Returns: what was read to be computed from.
func read(_ name: String, _ body: [UInt8], as shape: SectionShape? = nil, at milliseconds: Int64 = 0) throws(CallFailure)
  -> Section
{
  let reading = SectionReading(section: name, shape: shape ?? definition(name).everything.shape)
  func read(for use: SectionUse) -> Result<Section, CallFailure> {
    Result { () throws(CallFailure) in
      try reading.section(
        from: ByteBuffer(bytes: body), for: use, fetchedAt: Timestamp(milliseconds: milliseconds), with: JSONScanner())
    }
  }
  let (spliced, computed) = (read(for: .splice), read(for: .compute))
  #expect(
    visible(spliced) == visible(computed),
    "splicing and computing disagree about \(String(decoding: body.prefix(300), as: UTF8.self))")
  return try computed.get()
}

/// What a client sees of a section, or the reason for its absence.
private func visible(_ result: Result<Section, CallFailure>) -> String {
  switch result {
  case .failure(let failure): failure.reason.rawValue
  case .success(let section): "\(section.rowCount) \(section.declaredCount) \(section.isEmpty) \(section.shape) \(section.body)"
  }
}

func read(_ name: String, _ body: String, as shape: SectionShape? = nil, at milliseconds: Int64 = 0) throws(CallFailure)
  -> Section
{
  try read(name, Array(body.utf8), as: shape, at: milliseconds)
}

/// Why a body is refused; nil if it is not.
func refusal(_ name: String, _ body: [UInt8], as shape: SectionShape? = nil) -> CallFailure.Reason? {
  do {
    _ = try read(name, body, as: shape)
    return nil
  } catch {
    return error.reason
  }
}

func refusal(_ name: String, _ body: String, as shape: SectionShape? = nil) -> CallFailure.Reason? {
  refusal(name, Array(body.utf8), as: shape)
}

/// A metrics document over items that are JSON already.
func metricsBody(_ items: [String], count: String? = nil) -> String {
  #"{"items":[\#(items.joined(separator: ","))],"count":\#(count ?? String(items.count)),"dashboard":[]}"#
}

/// A post with the members that the summary reads. Values are JSON; nil leaves the member out.
func post(
  id: String? = #""1""#, account: String? = #""a""#, engagement: String? = "0", views: String? = "0", likes: String? = "0",
  interactions: String? = "0", date: String? = nil, hour: String? = nil
) -> String {
  let members = [
    ("postId", id), ("usernameTiktokAccount", account), ("engagement", engagement), ("views", views), ("likes", likes),
    ("totalInteractions", interactions), ("datePosted", date), ("hourPosted", hour),
  ]
  return "{" + members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
}

func postFacts(_ items: [String]) throws -> PostFacts {
  guard case .posts(let facts) = try read("metrics", metricsBody(items)).facts else { throw CallFailure(.wrongShape) }
  return facts
}

func accountFacts(_ rows: [String]) throws -> AccountFacts {
  let section = try read("scraped_accounts", "[\(rows.joined(separator: ","))]")
  guard case .accounts(let facts) = section.facts else { throw CallFailure(.wrongShape) }
  return facts
}

func userDirectory(_ rows: [String], as shape: SectionShape = .list) throws -> UserDirectory {
  let body = shape == .list ? "[\(rows.joined(separator: ","))]" : rows.joined()
  guard case .users(let users) = try read("users", body, as: shape).facts else { throw CallFailure(.wrongShape) }
  return users
}
