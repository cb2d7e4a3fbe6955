import Clients
import Tracing

/// `ExportTraceServiceRequest` of OTLP 1.x (opentelemetry-proto `collector/trace/v1` and `trace/v1`), with the numbers of its fields.
struct TraceRequest {
  let resource: TraceResource

  func bytes(_ spans: [SpanRecord]) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(1) { resourceSpans in
      resourceSpans.message(1) { resource.write(to: &$0) }
      resourceSpans.message(2) { scopeSpans in
        scopeSpans.message(1) { scope in
          scope.string(1, "tributary")
          scope.string(2, resource.serviceVersion)
        }
        for span in spans { scopeSpans.message(2) { span.write(to: &$0) } }
      }
    }
    return writer.bytes
  }
}

/// Who exports: what all its spans have in common.
package struct TraceResource: Sendable, Equatable {
  package let serviceName: String
  package let serviceVersion: String
  /// Of this process alone.
  package let serviceInstanceID: String

  package init(serviceName: String, serviceVersion: String, serviceInstanceID: String) {
    self.serviceName = serviceName
    self.serviceVersion = serviceVersion
    self.serviceInstanceID = serviceInstanceID
  }

  fileprivate func write(to writer: inout ProtobufWriter) {
    let attributes = [
      ("service.name", serviceName), ("service.version", serviceVersion), ("service.instance.id", serviceInstanceID),
      ("telemetry.sdk.language", "swift"), ("telemetry.sdk.name", "tributary"), ("telemetry.sdk.version", serviceVersion),
    ]
    for (key, value) in attributes { writer.attribute(1, key, .string(value)) }
  }
}

extension SpanRecord {
  fileprivate func write(to writer: inout ProtobufWriter) {
    writer.id(1, trace.traceID.high, trace.traceID.low)
    writer.id(2, trace.spanID)
    writer.string(3, trace.state ?? "")
    if parentID != 0 { writer.id(4, parentID) }
    writer.string(5, name)
    writer.varint(6, kind.number)
    writer.fixed64(7, start)
    writer.fixed64(8, end)
    writer.attributes(9, attributes)
    for event in events {
      writer.message(11) { writer in
        writer.fixed64(1, event.nanosecondsSinceEpoch)
        writer.string(2, event.name)
        writer.attributes(3, event.attributes)
      }
    }
    writer.varint(12, UInt64(droppedEvents))
    for link in links {
      writer.message(13) { writer in
        writer.id(1, link.traceID.high, link.traceID.low)
        writer.id(2, link.spanID)
        writer.string(3, link.state ?? "")
      }
    }
    if let status {
      writer.message(15) { writer in
        writer.string(2, status.message ?? "")
        writer.varint(3, status.code == .error ? 2 : 1)
      }
    }
    writer.fixed32(16, flags)
  }

  /// `SpanFlags`: the flags of the trace, that it is known whether the parent is remote, and whether it is.
  private var flags: UInt32 {
    (trace.isSampled ? 1 : 0) | (trace.isRandom ? 2 : 0) | (parentID == 0 ? 0 : 0x100) | (isParentRemote ? 0x200 : 0)
  }
}

extension SpanKind {
  fileprivate var number: UInt64 {
    switch self {
    case .internal: 1
    case .server: 2
    case .client: 3
    case .producer: 4
    case .consumer: 5
    }
  }
}

extension ProtobufWriter {
  fileprivate mutating func attributes(_ field: UInt64, _ attributes: SpanAttributes) {
    attributes.forEach { attribute(field, $0, $1) }
  }

  /// `KeyValue`.
  fileprivate mutating func attribute(_ field: UInt64, _ key: String, _ value: SpanAttribute) {
    message(field) { pair in
      pair.string(1, key)
      pair.message(2) { $0.value(value) }
    }
  }

  /// `AnyValue`.
  private mutating func value(_ value: SpanAttribute) {
    switch value {
    case .int32(let number): choice(3, varint: UInt64(bitPattern: Int64(number)))
    case .int64(let number): choice(3, varint: UInt64(bitPattern: number))
    case .double(let number): choice(4, fixed64: number.bitPattern)
    case .bool(let flag): choice(2, varint: flag ? 1 : 0)
    case .string(let text): choice(1, string: text)
    case .stringConvertible(let value): choice(1, string: "\(value)")
    case .int32Array(let numbers): list(numbers.map { .int32($0) })
    case .int64Array(let numbers): list(numbers.map { .int64($0) })
    case .doubleArray(let numbers): list(numbers.map { .double($0) })
    case .boolArray(let flags): list(flags.map { .bool($0) })
    case .stringArray(let texts): list(texts.map { .string($0) })
    case .stringConvertibleArray(let values): list(values.map { .string("\($0)") })
    default: break
    }
  }

  /// `ArrayValue`.
  private mutating func list(_ values: [SpanAttribute]) {
    message(5) { array in
      for value in values { array.message(1) { $0.value(value) } }
    }
  }
}
