import Settings

/// `stream`: how `/api/dashboard/stream` is given.
package struct StreamConfiguration: Sendable, Equatable {
  /// How often a section is fetched that the cache does not keep, while somebody listens.
  package var interval = Duration.seconds(30)
  /// A client is sent a comment when there has been nothing else for so long.
  package var heartbeat = Duration.seconds(15)
  /// A stream ends after so long, give or take a tenth.
  package var maxAge = Duration.seconds(3600)
  /// Of the process; beyond it a client is told 503.
  package var maxStreams = 10_000
  /// A client that is more bytes behind when there is something to tell is cut off.
  package var maxBacklog = 256 * 1024

  package init() {}

  init(reading settings: SettingsReader) {
    interval = settings.duration("interval", default: interval, in: .milliseconds(250) ... .seconds(3600))
    heartbeat = settings.duration("heartbeat", default: heartbeat, in: .milliseconds(100) ... .seconds(3600))
    maxAge = settings.duration("max_age", default: maxAge, in: .seconds(1) ... .seconds(7 * 86_400))
    maxStreams = settings.integer("max_streams", default: maxStreams, in: 0...1_000_000)
    maxBacklog = settings.bytes("max_backlog", default: maxBacklog, in: 1024...64 * 1024 * 1024)
  }
}
