import NIOCore
import NIOHPACK
import NIOHTTP2

extension NIOHTTP2Handler {
  /// The parser and writer of frames, with all bounds that it knows of set to ours.
  convenience init(_ limits: EdgeLimits, delegate: any NIOHTTP2FrameDelegate) {
    var connection = ConnectionConfiguration()
    connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.maxStreams),
      HTTP2Setting(parameter: .maxHeaderListSize, value: limits.maxHeaders),
      // A body that is a byte too long fits in, so that it can be answered; none needs its window opened again.
      HTTP2Setting(parameter: .initialWindowSize, value: max(HTTP2ConnectionState.fullWindow, limits.maxBody + 1)),
    ]
    // Fields come in frames of 16 KB: as many as the longest list needs, and one.
    connection.maximumSequentialContinuationFrames = limits.maxHeaders / 16_384 + 1
    connection.maximumSequentialEmptyDataFrames = 10
    // What is owed to a client that reads nothing: answers to PING and SETTINGS, resets.
    connection.maximumBufferedControlFrames = 400
    // PING, SETTINGS, PRIORITY.
    connection.controlFrameRateLimit.maximumCount = 200
    connection.controlFrameRateLimit.windowLength = .seconds(30)
    // Frames that were under way when their stream was reset are no fault.
    connection.maximumRecentlyResetStreams = limits.maxStreams
    connection.maximumConnectionGlitches = 200
    var stream = StreamConfiguration()
    // RST_STREAM of a client: each has had a request begun.
    stream.streamResetFrameRateLimit.maximumCount = 200
    stream.streamResetFrameRateLimit.windowLength = .seconds(30)
    // Requests that are none.
    stream.streamErrorRateLimit.maximumCount = 200
    stream.streamErrorRateLimit.windowLength = .seconds(30)
    self.init(mode: .server, frameDelegate: delegate, connectionConfiguration: connection, streamConfiguration: stream)
  }
}
