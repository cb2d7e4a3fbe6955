import Testing
import Upstreams

/// The answer is a problem (RFC 9457) with all the members of contract §1, and gives nothing away.
func expectProblem(
  _ response: RawResponse, status: Int, instance: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try #require(response.status == status, sourceLocation: sourceLocation)
  #expect(response["content-type"] == "application/problem+json", sourceLocation: sourceLocation)
  #expect(response["cache-control"] == "no-store", sourceLocation: sourceLocation)
  let body = try response.json
  #expect(
    Array((body.keys ?? []).prefix(6)) == ["type", "title", "status", "detail", "instance", "request_id"],
    sourceLocation: sourceLocation)
  #expect(body["type"]?.text?.isEmpty == false, sourceLocation: sourceLocation)
  #expect(body["title"]?.text?.isEmpty == false, sourceLocation: sourceLocation)
  #expect(body["status"]?.int == status, sourceLocation: sourceLocation)
  #expect(body["detail"]?.text?.isEmpty == false, sourceLocation: sourceLocation)
  #expect(body["instance"]?.text == instance, sourceLocation: sourceLocation)
  #expect(body["request_id"]?.text == response["x-request-id"], sourceLocation: sourceLocation)
  #expect(response["x-request-id"]?.isEmpty == false, sourceLocation: sourceLocation)
  for secret in ["127.0.0.1", "localhost", ".swift", "Error(", "NIO"] {
    #expect(!response.text.contains(secret), "gives away \(secret)", sourceLocation: sourceLocation)
  }
}

/// RFC 3339 in UTC with `Z`.
func expectTimestamp(_ value: JSON?, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let text = value?.text ?? "none"
  let isTimestamp = text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
  #expect(isTimestamp, "\(what): \(text)", sourceLocation: sourceLocation)
}

/// The names of the entries of a `Server-Timing` field.
func timingNames(_ response: RawResponse) -> [String] {
  (response["server-timing"] ?? "").split(separator: ",").map { entry in
    String(entry.split(separator: ";")[0].filter { $0 != " " })
  }
}

/// The members of `Proxy-Status`, by the service that they speak of.
func proxyStatus(_ response: RawResponse) -> [String: String] {
  var members: [String: String] = [:]
  for member in response.all("proxy-status").joined(separator: ", ").split(separator: ", ") {
    for (_, service, _) in sections where member.contains("next-hop=\"\(service.rawValue)\"") {
      members[service.rawValue] = String(member)
    }
  }
  return members
}
