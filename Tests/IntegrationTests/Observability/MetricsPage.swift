import Foundation
import TestSupport
import Testing

/// The page of metrics of a running gateway, read as Prometheus reads it.
struct MetricsPage {
  let text: String
  /// By name and labels, as they stand there.
  let samples: [String: Double]

  init(of gateway: GatewayUnderTest) async throws {
    let response = try await Self.response("GET", of: gateway)
    try #require(response.status == 200)
    text = String(decoding: response.body, as: UTF8.self)
    var samples: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let end = try #require(line.lastIndex(of: " "))
      let value = try #require(Double(line[line.index(after: end)...]))
      let known = samples.updateValue(value, forKey: String(line[..<end]))
      #expect(known == nil, "twice: \(line)")
    }
    self.samples = samples
  }

  static func response(_ method: String, of gateway: GatewayUnderTest, fields: String = "") async throws -> RawResponse {
    let port = try await gateway.adminPort
    let client = try await RawClient.connect(port: port)
    do {
      let response = try await client.send(
        Array("\(method) /metrics HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\n\(fields)\r\n".utf8), toHead: method == "HEAD")
      try await client.close()
      return response
    } catch {
      try await client.close()
      throw error
    }
  }

  /// The sum of all series of a name whose labels have all of these.
  func sum(_ name: String, _ labels: String...) -> Int {
    Int(
      samples.filter { key, _ in
        (key == name || key.hasPrefix(name + "{")) && labels.allSatisfy { key.contains($0) }
      }.values.reduce(0, +))
  }

  /// Of all metrics; of a histogram its own.
  var names: Set<String> {
    Set(
      text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.compactMap {
        $0.split(separator: " ").dropFirst(2).first.map(String.init)
      })
  }
}
