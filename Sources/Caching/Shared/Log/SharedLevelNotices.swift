import Redis
package import Resilience
import Synchronization

/// Which of many events are worth a line: of each kind the first, then at most one a minute, with the number of those passed over.
package struct SharedLevelNotices: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case connected, disconnected, failed, refused
    case purgeRefused = "purge_refused"
  }

  /// A line for the log.
  package struct Notice: Sendable, Equatable {
    package let kind: Kind
    /// One of the closed lists of words, or the place of a server.
    package let detail: String
    /// Events of the kind since its last line that had none.
    package let passedOver: Int

    /// Constant for each kind.
    package var message: String {
      switch kind {
      case .connected: "Redis: connected"
      case .disconnected: "Redis: no connection; the cache goes on without it"
      case .failed: "Redis: a command failed; the cache goes on without it"
      case .refused: "Redis: a value was refused and counts as a miss"
      case .purgeRefused: "Redis: a purge message was refused"
      }
    }

    /// Something that somebody should look at.
    package var isTrouble: Bool { kind != .connected }
  }

  private struct Books {
    var last: Instant
    var passedOver = 0
  }

  private let pause: Duration
  private var books: [Kind: Books] = [:]

  package init(pause: Duration = .seconds(60)) { self.pause = pause }

  package mutating func happened(_ event: SharedLevelEvent, at now: Instant) -> Notice? {
    guard let (kind, detail) = Self.description(of: event) else { return nil }
    if let earlier = books[kind], now - earlier.last < pause {
      books[kind]?.passedOver += 1
      return nil
    }
    let passedOver = books[kind]?.passedOver ?? 0
    books[kind] = Books(last: now)
    return Notice(kind: kind, detail: detail, passedOver: passedOver)
  }

  /// Nil for what follows from a lost connection, which has a line already.
  private static func description(of event: SharedLevelEvent) -> (Kind, String)? {
    switch event {
    case .failed(.unavailable), .failed(.timeout), .failed(.cancelled), .failed(.shutDown): nil
    case .connection(.connected(.tcp(let host, let port))): (.connected, "\(host):\(port)")
    case .connection(.connected(.unix(let path))): (.connected, path)
    case .connection(.disconnected(let error)): (.disconnected, error.word)
    case .failed(let error): (.failed, error.word)
    case .refused(let refusal): (.refused, refusal.rawValue)
    case .purgeRefused(let refusal): (.purgeRefused, refusal.rawValue)
    }
  }
}

/// The notices of a process, for all its loops.
package final class SharedLevelJournal: Sendable {
  private let notices = Mutex(SharedLevelNotices())
  private let write: @Sendable (SharedLevelNotices.Notice) -> Void

  /// - Parameter write: a line into the log. Called on event loops, outside of the lock.
  package init(_ write: @escaping @Sendable (SharedLevelNotices.Notice) -> Void) { self.write = write }

  package func record(_ event: SharedLevelEvent) {
    guard let notice = notices.withLock({ $0.happened(event, at: .now()) }) else { return }
    write(notice)
  }
}
