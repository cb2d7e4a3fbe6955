import Aggregation
import Crypto
import NIOCore

/// The sections that somebody listens to on one loop, as events.
typealias LiveServing = LiveSections<EventBytes>

extension LiveSections<EventBytes> {
  convenience init(_ serving: Serving, on eventLoop: any EventLoop) {
    self.init(
      serving.dashboard.aggregator, patience: serving.dashboard.deadline, interval: TimeAmount(serving.stream.interval),
      on: eventLoop, digest: Self.digest,
      render: { news, hasData in EventBytes(ServerSentEvent(name: "section", data: news.json(hasData: hasData))) })
  }

  /// The first 64 bits of SHA-256: two versions of one section are not taken for the same by chance.
  private static func digest(_ body: ByteBuffer) -> UInt64 {
    var hash = SHA256()
    body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    return hash.finalize().withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
  }
}
