package import Clients
import NIOCore
import RawJSON
package import Resilience

/// `/api/health/services` (contract §4): the four words that the original had, and what they rest on.
package struct HealthReport: Sendable {
  /// What is known of one service.
  package struct Service: Sendable {
    let definition: UpstreamDefinition
    let record: HealthRecord
    let circuit: CircuitGate.Word

    package init(definition: UpstreamDefinition, record: HealthRecord, circuit: CircuitGate.Word) {
      self.definition = definition
      self.record = record
      self.circuit = circuit
    }
  }

  private let services: [Service]
  private let now: Timestamp

  package init(_ services: [Service], at now: Timestamp) {
    self.services = services
    self.now = now
  }

  package var bytes: [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.object { writer in
      for service in services {
        writer.key(named: service.definition.label)
        writer.string(service.record.newest?.verdict.sentence ?? HealthRecord.Verdict.timeout.sentence)
      }
      writer.key("services")
      writer.object { writer in
        for service in services { write(service, to: &writer) }
      }
    }
    return writer.bytes
  }

  private func write(_ service: Service, to writer: inout JSONWriter) {
    let record = service.record
    writer.key(named: service.definition.name)
    writer.object { writer in
      writer.key("state")
      writer.string(record.newest?.verdict.word ?? HealthRecord.Verdict.timeout.word)
      writer.key("latency_ms")
      writer.double(Rounding.toCents((record.newest?.latency ?? .zero) / .milliseconds(1)))
      writer.key("checked_at")
      writer.string((record.newest?.at ?? now).rfc3339)
      writer.key("last_success_at")
      if let success = record.lastSuccess { writer.string(success.rfc3339) } else { writer.null() }
      writer.key("circuit")
      writer.string(service.circuit.rawValue)
      writer.key("success_rate")
      writer.double(Rounding.toCents(record.successRate(at: now)))
    }
  }
}

extension HealthRecord.Verdict {
  package var word: String {
    switch self {
    case .healthy: "healthy"
    case .timeout: "timeout"
    case .unhealthy: "unhealthy"
    }
  }

  /// The word, with the reason behind it.
  fileprivate var sentence: String {
    if case .unhealthy(let reason) = self { "unhealthy: \(reason)" } else { word }
  }
}
