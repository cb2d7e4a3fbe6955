import Foundation
import Synchronization
import TestSupport

let stream = "/api/dashboard/stream"

/// Blocking work on a thread of its own.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
  }
}

extension Stack {
  /// Opens a stream.
  func listen(_ target: String = stream, fields: [String: String] = [:]) async throws -> EventReader {
    try await onThread { [port = gateway.port] in try EventReader(port: port, target, fields: fields) }
  }
}

extension EventReader {
  /// The next events, so many, on a thread that may wait.
  func read(_ count: Int) async throws -> [EventReader.Event] { try await onThread { try self.next(count) } }

  /// The next event; nil at the end.
  func read() async throws -> EventReader.Event? { try await onThread { try self.next() } }

  /// The next events, up to the first that is meant.
  func read(upTo isMeant: @escaping @Sendable (EventReader.Event) -> Bool) async throws -> [EventReader.Event] {
    try await onThread {
      var events: [EventReader.Event] = []
      while let event = try self.next() {
        events.append(event)
        if isMeant(event) { break }
      }
      return events
    }
  }

  /// Everything up to the event `document`, the sections by name.
  func document() async throws -> [String: JSON] {
    let events = try await read { $0.name == "document" }
    var sections: [String: JSON] = [:]
    for event in events {
      let json = try event.json
      sections[json["section"]?.text ?? event.name] = json
    }
    return sections
  }
}

extension EventReader.Event {
  var json: JSON { get throws { try JSON(parsing: Array(data.utf8)) } }

  /// Whether it brings a section's data. One that has become stale, or fresh again with the same bytes, is told of without.
  var hasData: Bool { data.contains(#","data":"#) }
}

/// What a service says, which a test may change.
final class Telling: Sendable {
  private let number = Atomic(1)

  var now: Int { number.load(ordering: .sequentiallyConsistent) }

  func change() { number.add(1, ordering: .sequentiallyConsistent) }

  /// All four services: each names who asked, and the dashboard the number too.
  var answer: @Sendable (ScriptedUpstream.Request) -> ScriptedUpstream.Reply {
    { [self] request in
      guard request.target.hasPrefix("/getDashboardInfo") else { return Canaries.answer(request) }
      return ScriptedUpstream.Reply(body: Array(#"[{"adminId":\#(now)}]"#.utf8))
    }
  }

  /// Who asked, and the number, in the sections of one principal.
  var personal: @Sendable (ScriptedUpstream.Request) -> ScriptedUpstream.Reply {
    { [self] request in
      var reply = Canaries.answer(request)
      let text = String(decoding: reply.body, as: UTF8.self)
      reply.body = Array(text.replacingOccurrences(of: #""id":1"#, with: #""id":\#(now)"#).utf8)
      return reply
    }
  }

  /// Runs the test against a gateway in front of them.
  static func with(
    _ answer: @escaping @Sendable (ScriptedUpstream.Request) -> ScriptedUpstream.Reply, environment: [String: String] = [:],
    _ test: (GatewayUnderTest) async throws -> Void
  ) async throws {
    try await Turnstile.machine.pass(taking: 1) {
      try await ScriptedUpstream.with(remembers: false, answer: answer) { service in
        let variables = Canaries.environment(for: service).merging(environment) { _, given in given }
        let gateway = try await GatewayUnderTest.start(["--port", "0"], environment: variables)
        do {
          try await test(gateway)
        } catch {
          try await gateway.process.stop(within: .seconds(40))
          throw error
        }
        try await gateway.process.stop(within: .seconds(40))
      }
    }
  }
}
