import HTTPTypes
import Hummingbird
import NIOCore

/// Who sends the body of an answer on. Belongs to a loop.
protocol AnswerSink: AnyObject {
  /// - Returns: whether to wait until the client takes more.
  func write(_ piece: ByteBuffer, of number: Int) throws -> Bool
  func writable(for number: Int) async throws
  func finish(_ number: Int) throws
}

/// What a `ResponseBody` writes to: its connection, for as long as that is about this answer.
struct AnswerWriter<Sink: AnswerSink>: ResponseBodyWriter, Sendable {
  let sink: NIOLoopBound<Sink>
  /// Which of the sink's answers it is.
  let number: Int

  mutating func write(_ buffer: ByteBuffer) async throws {
    let sink = sink.value
    if try sink.write(buffer, of: number) { try await sink.writable(for: number) }
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
    try sink.value.finish(number)
  }
}
