import HTTPTypes
import Hummingbird
import NIOCore

/// What a `ResponseBody` writes to: its connection, for as long as that is about this answer.
struct AnswerWriter: ResponseBodyWriter, Sendable {
  let connection: NIOLoopBound<ServerConnection>
  /// Which of the connection's answers it is.
  let number: Int

  mutating func write(_ buffer: ByteBuffer) async throws {
    let connection = connection.value
    if try connection.write(buffer, of: number) { try await connection.writable(for: number) }
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
    try connection.value.finish(number)
  }
}
