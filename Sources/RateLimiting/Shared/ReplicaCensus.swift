import NIOCore
import Redis
import Synchronization

/// How many processes share the limits: each says every two seconds that it lives, and is told how many do.
///
/// While Redis is away the last number stands, or 1 where there has been none.
final class ReplicaCensus: Sendable {
  private let client: RedisClient
  private let key: [UInt8]
  private let name: String
  private let count = Atomic(1)
  /// When Redis last said so, in nanoseconds of uptime; 0 if it never has.
  private let heard = Atomic<UInt64>(0)
  private let beats = Mutex<RepeatedTask?>(nil)

  private static let pause = TimeAmount.seconds(2)
  /// Three beats that did not come, and a little: milliseconds.
  private static let patience: Int64 = 7000
  /// More processes than this nobody has: what Redis says is not believed beyond it.
  private static let most: Int64 = 100_000

  init(client: RedisClient, prefix: String) {
    self.client = client
    key = Array("\(prefix)limit:{limits}:replicas".utf8)
    name = String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
  }

  /// Those that live, this one among them; at least 1.
  var live: Int { count.load(ordering: .relaxed) }

  /// The same, where it is certain: nil if Redis has not said so lately.
  func known(at now: NIODeadline = .now()) -> Int? {
    let heard = heard.load(ordering: .relaxed)
    guard heard > 0, now - NIODeadline.uptimeNanoseconds(heard) < .milliseconds(Self.patience) else { return nil }
    return live
  }

  /// From now on until ``end()``. More than once is as good as once.
  func begin(on eventLoop: any EventLoop) {
    beats.withLock { beats in
      guard beats == nil else { return }
      beats = eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.pause) { _ in self.beat(on: eventLoop) }
    }
  }

  func end() { beats.withLock { $0 }?.cancel() }

  private func beat(on eventLoop: any EventLoop) {
    client.run(
      RateLimitScripts.beat, keys: [key], arguments: [.text(name), .integer(Self.patience)], on: eventLoop
    ) { outcome in
      guard case .success(.integer(let live)) = outcome else { return }
      self.count.store(Int(min(max(live, 1), Self.most)), ordering: .relaxed)
      self.heard.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
    }
  }
}
