extension Fault: CustomStringConvertible {
  /// Every form of a fault in text.
  package static let forms = [
    "none", "refuse", "hang", "hang-after-headers", "slow:DURATION (300ms, 2s)", "drip", "status:CODE (200…599)", "garbage",
    "truncated", "empty", "wrong-shape", "reset", "huge:BYTES", "flaky:PERCENT", "close-after:N", "retry-after:SECONDS",
    "second-response", "bad-chunk", "chunked",
  ]

  private static let plain: [String: Fault] = [
    "none": .none, "refuse": .refuse, "hang": .hang, "hang-after-headers": .hangAfterHeaders, "drip": .drip, "garbage": .garbage,
    "truncated": .truncated, "empty": .empty, "wrong-shape": .wrongShape, "reset": .reset, "second-response": .secondResponse,
    "bad-chunk": .badChunk, "chunked": .chunked,
  ]

  /// Reads what `description` prints; white space around it does not matter.
  package init(_ text: String) throws(FaultTextError) {
    let trimmed = String(text.trimmed)
    guard let colon = trimmed.firstIndex(of: ":") else {
      guard let fault = Self.plain[trimmed] else {
        let needsArgument = Self.forms.contains { $0.hasPrefix(trimmed + ":") } && !trimmed.isEmpty
        throw FaultTextError(found: text, problem: needsArgument ? "an argument is missing" : "no such fault")
      }
      self = fault
      return
    }
    let kind = String(trimmed[..<colon])
    let argument = String(trimmed[trimmed.index(after: colon)...])
    do {
      self = try Self.withArgument(kind: kind, argument: argument)
    } catch {
      throw FaultTextError(found: text, problem: error.reason)
    }
  }

  private struct Problem: Error {
    let reason: String
  }

  private static func withArgument(kind: String, argument: String) throws(Problem) -> Fault {
    switch kind {
    case "slow": .slow(try duration(argument))
    case "status": .status(try number(argument, in: 200...599, "a status code from 200 to 599"))
    case "huge": .huge(bytes: try number(argument, in: 0...(1 << 40), "a number of bytes, at most 2^40"))
    case "flaky": .flaky(percent: try number(argument, in: 0...100, "a percentage from 0 to 100"))
    case "close-after": .closeAfter(responses: try number(argument, in: 1...1_000_000_000, "a number of responses, at least 1"))
    case "retry-after": .retryAfter(seconds: try number(argument, in: 0...86_400, "seconds, at most 86400"))
    default: throw Problem(reason: plain[kind] == nil ? "no such fault" : "\(kind) takes no argument")
    }
  }

  private static func number(_ text: String, in range: ClosedRange<Int>, _ wanted: String) throws(Problem) -> Int {
    guard isDigits(text), let value = Int(text), range.contains(value) else { throw Problem(reason: "wanted \(wanted)") }
    return value
  }

  /// `300ms` or `2s`, one hour at most.
  private static func duration(_ text: String) throws(Problem) -> Duration {
    let (digits, millisecondsPerUnit) = text.hasSuffix("ms") ? (text.dropLast(2), 1) : (text.dropLast(1), 1000)
    let limit = 3_600_000 / millisecondsPerUnit
    guard text.hasSuffix("s"), isDigits(digits), let count = Int(digits), count <= limit else {
      throw Problem(reason: "wanted a duration like 300ms or 2s, at most 3600s")
    }
    return .milliseconds(count * millisecondsPerUnit)
  }

  private static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// The text that gives this fault again. A duration is rounded down to a whole millisecond.
  package var description: String {
    switch self {
    case .slow(let duration): "slow:\(Self.text(of: duration))"
    case .status(let code): "status:\(code)"
    case .huge(let bytes): "huge:\(bytes)"
    case .flaky(let percent): "flaky:\(percent)"
    case .closeAfter(let responses): "close-after:\(responses)"
    case .retryAfter(let seconds): "retry-after:\(seconds)"
    default: Self.plain.first { $0.value == self }?.key ?? "none"
    }
  }

  private static func text(of duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    return milliseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + milliseconds)ms"
  }
}

extension String {
  /// Without the white space at both ends.
  var trimmed: Substring {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return self[first...last]
  }
}
