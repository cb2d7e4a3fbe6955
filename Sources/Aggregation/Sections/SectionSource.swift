import Clients
import EventLoops
import NIOCore
import RawJSON
import Resilience

/// Delivers one section: renders its request, calls its upstream, reads the answer. Whatever goes wrong is a case of the outcome.
package final class SectionSource: Sendable {
  let place: SectionPlace
  private let definition: SectionDefinition
  private let client: UpstreamClient
  private let reader: SectionReader
  private let everything: SectionReading
  private let oneUser: SectionReading

  init(_ definition: SectionDefinition, client: UpstreamClient, reader: SectionReader) {
    self.definition = definition
    place = SectionPlace(
      section: definition.name, upstream: definition.upstream, serviceLabel: client.definition.label)
    self.client = client
    self.reader = reader
    everything = SectionReading(section: definition.name, shape: definition.everything.shape)
    oneUser = SectionReading(section: definition.name, shape: definition.oneUser.shape)
  }

  /// Ends by the request's deadline at the latest. Must run on the request's loop.
  func fetch(for request: DocumentRequest, use: SectionUse) async -> SectionOutcome {
    let started = NIODeadline.now()
    let asked = request.user == nil ? definition.everything : definition.oneUser
    let reading = request.user == nil ? everything : oneUser
    let result: SectionOutcome.Result
    do {
      let reply = try await client.call(call(asked.template, for: request), on: request.eventLoop, until: request.deadline)
      result = .fresh(try await reader.read(reply.body, as: reading, for: use, on: request.eventLoop))
    } catch {
      let isNone = asked.notFoundIsEmpty && error.receivedStatus == 404
      result = isNone ? .fresh(reading.empty(fetchedAt: .now())) : .missing(error)
    }
    return SectionOutcome(
      place: place, filler: reading.filler, result: result,
      took: .nanoseconds((NIODeadline.now() - started).nanoseconds))
  }

  private func call(_ template: RequestTemplate, for request: DocumentRequest) -> UpstreamCall {
    let (path, body) = template.rendered(for: request.user)
    return UpstreamCall(
      method: template.method, target: path, body: body.map { ByteBuffer(string: $0) },
      identity: identity(from: request.identity), requestID: request.requestID)
  }

  /// The caller's own headers that this upstream may see.
  private func identity(from fields: [HeaderField]) -> [HeaderField] {
    guard case .forward(let names) = client.definition.identity, !fields.isEmpty else { return [] }
    return fields.filter { names.contains($0.name) }
  }
}
