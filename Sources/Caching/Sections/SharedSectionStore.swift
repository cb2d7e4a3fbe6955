package import NIOCore

/// The level of the cache that replicas share. Optional, never trusted, never needed: whatever goes wrong is a miss, and is known
/// within a command's deadline.
///
/// All is asked on an event loop and answered there, once, perhaps before the call returns.
package protocol SharedSectionStore: Sendable {
  /// Looks for what is stored under the key.
  ///
  /// - Parameter isAwaited: somebody waits for the answer: better none at once than one of a level that seems to hang.
  func get(
    _ key: CacheKey, section: String, isAwaited: Bool, on eventLoop: any EventLoop, _ then: @escaping (SharedAnswer) -> Void)

  /// Stores the envelope for as long as its freshness allows any use. Nobody waits for it.
  ///
  /// - Parameter lease: under which it was fetched. What a later lease has stored is not replaced.
  func put(_ envelope: Envelope, for key: CacheKey, section: String, under lease: RefreshLease?, on eventLoop: any EventLoop)

  /// Asks for the right to refresh the key. Advisory: it saves calls, nothing depends on it.
  func acquire(
    _ key: CacheKey, section: String, isAwaited: Bool, on eventLoop: any EventLoop, _ then: @escaping (LeaseAnswer) -> Void)

  /// Gives the lease back, if it is still ours.
  func release(_ lease: RefreshLease, for key: CacheKey, section: String, on eventLoop: any EventLoop)
}

/// What the level that replicas share says of a key.
package enum SharedAnswer: Sendable, Equatable {
  /// Verified, and not expired.
  case found(Envelope)
  /// Nothing, or nothing that may be used.
  case missing
  /// The level cannot be asked: whoever waits had better not ask it for a lease, either.
  case unavailable
}

/// The right of one replica to refresh one key for a short while.
package struct RefreshLease: Sendable, Hashable {
  /// Grows with each lease of the key (a fencing token): what was fetched under an older one never replaces what a newer one brought.
  package let token: Int64

  package init(token: Int64) { self.token = token }
}

package enum LeaseAnswer: Sendable, Hashable {
  case held(RefreshLease)
  /// Another replica refreshes the key.
  case taken
  /// The level cannot be asked.
  case unavailable
}
