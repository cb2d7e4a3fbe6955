/// A cache as an operator sees it: what can be taken out of it by hand.
package protocol CachePurging: Sendable {
  /// Takes out every entry that has one of `tags`, here and, where replicas share a cache, in all of them.
  ///
  /// - Parameters:
  ///   - tags: such as `users` or `user:7`; ``PurgeRequest/everything`` means every entry.
  ///   - isHard: the entries are removed; otherwise they are marked stale, and serve on while they are fetched anew.
  /// - Returns: when this process has done it, and it is known whether the others have been told.
  func purge(tags: [String], isHard: Bool) async -> PurgeReport
}

/// What came of a purge.
package struct PurgeReport: Sendable, Equatable {
  /// Whether the other replicas were told.
  package enum Spread: Sendable, Equatable {
    /// There is nothing that replicas share.
    case notNeeded
    case spread
    /// Why not, for an operator to read.
    case failed(String)
  }

  /// Entries of this process that were removed, or marked stale.
  package let entries: Int
  package let spread: Spread

  package init(entries: Int, spread: Spread) {
    self.entries = entries
    self.spread = spread
  }
}
