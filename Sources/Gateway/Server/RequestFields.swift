import Clients
import HTTPTypes

/// The fields of a request, and those among them that decide how it is read.
struct RequestFields {
  let limits: EdgeLimits
  var fields = HTTPFields()
  var hosts = 0
  var host: String?
  var lengths = 0
  var contentLength = 0
  var isChunked = false
  var hasUpgrade = false
  var expectsContinue = false
  /// Anything but `100-continue`.
  var expectsMore = false
  var malformed: Problem?
  private var count = 0
  private var bytes = 0
  private var isOneTooLarge = false

  init(limits: EdgeLimits) { self.limits = limits }

  var areTooLarge: Bool { isOneTooLarge || count > limits.maxHeaderFields || bytes > limits.maxHeaders }

  mutating func read(_ name: String, _ value: String) {
    let size = name.utf8.count + value.utf8.count
    count += 1
    bytes += size
    isOneTooLarge = isOneTooLarge || size > limits.maxHeader
    switch name.utf8.count {
    case 4 where name.isField("host"): return readHost(value)
    case 6 where name.isField("expect"): readExpectations(value)
    case 7 where name.isField("upgrade"): hasUpgrade = true
    case 14 where name.isField("content-length"): readLength(value)
    case 17 where name.isField("transfer-encoding"): readCoding(value)
    default: break
    }
    guard let name = HTTPField.Name(name) else {
      malformed = .badRequest("A field name is not one.")
      return
    }
    fields.append(HTTPField(name: name, value: value))
  }

  /// A list, in one field or in several (RFC 9110 §10.1.1).
  private mutating func readExpectations(_ value: String) {
    for member in value.split(separator: ",") {
      let member = member.filter { $0 != " " && $0 != "\t" }
      if member.isEmpty { continue }
      if member.lowercased() == "100-continue" { expectsContinue = true } else { expectsMore = true }
    }
  }

  private mutating func readHost(_ value: String) {
    hosts += 1
    host = value
    if !RequestTarget.isHost(value) { malformed = .badRequest("The Host field names no host.") }
  }

  private mutating func readLength(_ value: String) {
    lengths += 1
    let isNumber = !value.isEmpty && value.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if !isNumber || lengths > 1 { malformed = .badRequest("Content-Length is not a length.") }
    contentLength = Int(value) ?? .max
  }

  private mutating func readCoding(_ value: String) {
    if isChunked || value.lowercased() != "chunked" {
      malformed = .badRequest("Transfer-Encoding may be chunked, nothing else.")
    }
    isChunked = true
  }
}
