import NIOCore
import RawJSON

extension Section {
  /// Its facts, with rankings of so many places. The five that everybody is shown are kept; for more the body is read again.
  func facts(places: Int) -> SectionFacts {
    guard places > Leaders<Int>.usualPlaces, !isFiller else { return facts }
    return switch facts {
    case .none, .users: facts
    case .accounts: read(AccountFacts.columns) { .accounts(AccountFacts($0, in: $1, places: places)) } ?? facts
    case .posts: read(PostRow.columns) { .posts(PostFacts($0, in: $1, places: places)) } ?? facts
    }
  }

  /// Nil where there is no memory for it: the body was found to be good when it came.
  private func read(
    _ columns: [String], _ facts: (JSONIndex, UnsafeRawBufferPointer) -> SectionFacts
  ) -> SectionFacts? {
    let plan = ScanPlan(members: shape.members, rows: shape.rows, columns: columns)
    return body.withUnsafeReadableBytes { bytes in
      do throws(JSONError) { return facts(try JSONScanner().scan(bytes, plan: plan), bytes) } catch { return nil }
    }
  }
}
