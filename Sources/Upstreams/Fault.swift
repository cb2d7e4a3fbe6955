/// One way in which a service can be broken. It applies to every endpoint of the service, health included, and never to `/_fault`
/// and `/_stats`.
package enum Fault: Hashable, Sendable {
  /// Not broken.
  case none
  /// The listening socket and every open connection are closed: new connections are refused.
  case refuse
  /// Accepts, reads, never answers.
  case hang
  /// Sends the head with its `Content-Length` and the first half of the body, then nothing more; the connection stays open.
  case hangAfterHeaders
  /// Answers as it should, after that time.
  case slow(Duration)
  /// Sends the head, then one byte of the body every 100 ms.
  case drip
  /// Answers with that status (200…599) and the service's own error body for it. A 3xx has a `Location`.
  case status(Int)
  /// 200, declared as JSON, with bytes that are not.
  case garbage
  /// Declares the whole length, sends half of the body and closes.
  case truncated
  /// 200 with an empty body.
  case empty
  /// 200 with valid JSON of another shape: an object for a list, a list for an object.
  case wrongShape
  /// Reads the request, then resets the connection (RST).
  case reset
  /// A valid list or object, padded to at least that many bytes and streamed.
  case huge(bytes: Int)
  /// 503 for that share of the requests in percent, drawn with the seed of the data.
  case flaky(percent: Int)
  /// Closes a connection, unannounced, after that many responses on it.
  case closeAfter(responses: Int)
  /// 503 with `Retry-After` of so many seconds.
  case retryAfter(seconds: Int)
  /// Sends every response twice: the second one is an answer to nothing.
  case secondResponse
  /// Chunked encoding: one good chunk, a chunk size that is not a number, then the end of the connection.
  case badChunk
  /// The right answer, in chunked encoding.
  case chunked
}

/// A text that names no fault. `description` says what was found and what is allowed.
package struct FaultTextError: Error, CustomStringConvertible, Equatable {
  package let found: String
  package let problem: String

  package var description: String {
    let shown = found.prefix(80)
    return "fault \"\(shown)\": \(problem); allowed: \(Fault.forms.joined(separator: ", "))"
  }
}
