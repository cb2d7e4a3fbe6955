import HTTPTypes
import Hummingbird
import NIOHPACK

extension HPACKHeaders {
  /// The head of an answer.
  ///
  /// - Parameters:
  ///   - bodyBytes: of a body whose length is known.
  ///   - common: what every answer has.
  init(_ response: Response, framing: AnswerFraming, bodyBytes: Int?, common: CommonFields) {
    self.init()
    reserveCapacity(response.headers.count + common.fixed.count + 3)
    add(name: ":status", value: String(response.status.code))
    for field in response.headers where !field.name.isOurs || framing == .none && field.name == .contentLength {
      // As in HTTP/1.1: see `writeAnswerHead`.
      if framing == .none, field.name == .contentLength, response.status.code == 204 || response.status.code == 304 { continue }
      add(name: field.name.canonicalName, value: field.value, indexing: field.name.isOfOneAnswer ? .nonIndexable : .indexable)
    }
    if let bodyBytes, framing != .none { add(name: "content-length", value: String(bodyBytes)) }
    add(name: "date", value: common.date)
    // An answer that has a policy of its own is held to that alone.
    let hasPolicy = response.headers.contains(.contentSecurityPolicy)
    for (name, value) in common.fixed where !hasPolicy || name != SecurityFields.policy {
      add(name: name.lowercased(), value: value)
    }
  }

  /// Status 100.
  static let continuation = HPACKHeaders([(":status", "100")])
}

extension HTTPField.Name {
  /// Whether its value is another one in each answer: kept for the next one, it would only push out what is worth it.
  fileprivate var isOfOneAnswer: Bool { self == .requestID || self == .serverTiming || self == .contentLength }
}
