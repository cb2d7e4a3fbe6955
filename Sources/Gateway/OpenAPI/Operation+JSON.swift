import HTTPTypes
import NIOCore
import RawJSON

extension Operation {
  /// - Parameter isOpen: whether nobody is asked who he is, although others are.
  func write(isOpen: Bool, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("operationId", id)
      writer.key("tags")
      writer.array { $0.string(group.rawValue) }
      writer.member("summary", summary)
      if !description.isEmpty { writer.member("description", description) }
      if isOpen {
        writer.key("security")
        writer.array { _ in }
      }
      if !parameters.isEmpty {
        writer.key("parameters")
        writer.array { writer in for parameter in parameters { parameter.write(to: &writer) } }
      }
      body?.write(to: &writer)
      writeResponses(to: &writer)
    }
  }

  /// The statuses of its problems, the least first; what is an answer of its own is none of them.
  private var problemStatuses: [HTTPResponse.Status] {
    Set(problems + APIDescription.always).subtracting(answers.map(\.status)).sorted { $0.code < $1.code }
  }

  private func writeResponses(to writer: inout JSONWriter) {
    writer.key("responses")
    writer.object { writer in
      for answer in answers {
        writer.key(named: "\(answer.status.code)")
        answer.write(to: &writer)
      }
      for status in problemStatuses {
        writer.key(named: "\(status.code)")
        writer.reference("responses", status.componentName)
      }
    }
  }
}

extension Operation.Parameter {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("in", place.rawValue)
      writer.member("description", description)
      writer.key("schema")
      schema.write(to: &writer)
      if let example {
        writer.key("example")
        writer.raw(example.utf8)
      }
    }
  }
}

extension Operation.Body {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("requestBody")
    writer.object { writer in
      writer.key("required")
      writer.bool(true)
      writer.key("content")
      writer.object { writer in
        writer.key(named: contentType)
        writer.object { writer in
          writer.key("schema")
          schema.write(to: &writer)
          writer.key("example")
          writer.raw(example.utf8)
        }
      }
    }
  }
}

extension Operation.Answer {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("description", description)
      HeaderDescription.write([.requestID] + headers, to: &writer)
      guard let content else { return }
      writer.key("content")
      writer.object { writer in
        writer.key(named: content.type)
        writer.object { writer in
          writer.key("schema")
          content.schema.write(to: &writer)
          guard let example = content.example.flatMap({ WebAsset("examples/\($0).json") }) else { return }
          writer.key("example")
          writer.raw(example.bytes.readableBytesView)
        }
      }
    }
  }
}
