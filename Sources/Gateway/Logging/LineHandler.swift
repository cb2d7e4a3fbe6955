package import Logging
import RawJSON
import Resilience

/// A swift-log handler that writes one line an event to a `LogSink`: a JSON object, or words for a terminal.
package struct LineHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let sink: LogSink
  private let format: LineFormat

  package init(sink: LogSink, format: LineFormat, level: Logger.Level) {
    self.sink = sink
    self.format = format
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { own, _ in own } }
    if let given = event.metadata { fields.merge(given) { _, given in given } }
    let pairs = fields.sorted { $0.key < $1.key }
    sink.write(format == .text ? text(event, pairs) : json(event, pairs))
  }

  private func json(_ event: LogEvent, _ fields: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.object { writer in
      writer.key("time")
      writer.string(Timestamp.now().rfc3339)
      writer.key("level")
      writer.string(event.level.rawValue)
      writer.key("message")
      writer.string(event.message.description)
      for (key, value) in fields {
        writer.key(named: key)
        writer.string(value.description)
      }
    }
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  private func text(_ event: LogEvent, _ fields: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
    var line = "\(Timestamp.now().rfc3339) \(event.level.rawValue) \(event.message)"
    for (key, value) in fields { line += " \(key)=\(value)" }
    return Array(line.filter { !$0.isNewline }.utf8) + [UInt8(ascii: "\n")]
  }
}
