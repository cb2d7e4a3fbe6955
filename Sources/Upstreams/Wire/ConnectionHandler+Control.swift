import NIOCore
import NIOHTTP1

/// `/_fault` and `/_stats`: answered on both ports, never broken, never counted.
extension ConnectionHandler {
  func control(_ request: Request, _ context: ChannelHandlerContext) {
    switch (request.path, request.routedMethod) {
    case ("/_fault", .GET): deliver(.whole(.plain(running.fault.description)), to: request, context)
    case ("/_fault", .PUT): putFault(request, context)
    case ("/_stats", .GET):
      let body = running.counters.snapshot().json(routeOrder: running.counters.labels)
      deliver(.whole(Answer(shape: .object, contentType: "application/json", body: body)), to: request, context)
    case ("/_stats", .DELETE):
      running.counters.reset()
      deliver(.whole(Answer(status: 204, shape: .text, contentType: nil, body: ByteBuffer())), to: request, context)
    case ("/_fault", _), ("/_stats", _):
      let allowed = request.path == "/_fault" ? "GET, HEAD, PUT" : "GET, HEAD, DELETE"
      let answer = Answer.plain("use one of \(allowed)", status: 405, fields: [("allow", allowed)])
      deliver(.whole(answer), to: request, context)
    default:
      deliver(.whole(.plain("here are only /_fault and /_stats", status: 404)), to: request, context)
    }
  }

  /// Answers when the fault is in force, so that the next request of the caller meets it.
  private func putFault(_ request: Request, _ context: ChannelHandlerContext) {
    let fault: Fault
    do {
      fault = try Fault(String(buffer: request.body))
    } catch {
      deliver(.whole(.plain(error.description, status: 400)), to: request, context)
      return
    }
    let change = running.setFault(fault, sparing: ObjectIdentifier(context.channel))
    change.hop(to: context.eventLoop).assumeIsolated().whenComplete { result in
      let closing = fault == .refuse && self.door == .main
      switch result {
      case .success: self.deliver(.whole(.plain(fault.description)), to: request, context, closing: closing)
      case .failure(let error):
        self.deliver(.whole(.plain("the port cannot be bound again: \(error)", status: 500)), to: request, context)
      }
    }
  }
}

extension Answer {
  /// Plain text of the control endpoints.
  static func plain(_ text: String, status: Int = 200, fields: [(name: String, value: String)] = []) -> Answer {
    Answer(status: status, shape: .text, contentType: "text/plain; charset=utf-8", fields: fields, body: ByteBuffer(string: text))
  }
}
