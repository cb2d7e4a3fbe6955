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

  /// Must be called on the request's loop.
  ///
  /// - Parameter completion: called once, on the loop, by the request's deadline at the latest; perhaps before this returns.
  func fetch(
    for request: DocumentRequest, use: SectionUse, _ completion: @escaping (SectionOutcome) -> Void
  ) -> CallInFlight {
    let started = NIODeadline.now()
    let asked = request.user == nil ? definition.everything : definition.oneUser
    let reading = request.user == nil ? everything : oneUser
    let ended = { [place] (result: Result<Section, CallFailure>) in
      let took = Duration.nanoseconds((NIODeadline.now() - started).nanoseconds)
      completion(SectionOutcome(place: place, filler: reading.filler, result: SectionOutcome.Result(result), took: took))
    }
    let eventLoop = request.eventLoop
    return client.start(call(asked.template, for: request), on: eventLoop, until: request.deadline) { [reader] call, outcome in
      switch outcome {
      case .success(let reply):
        reader.read(reply.body, as: reading, for: use, on: eventLoop) { section in
          call.judged(section.failure)
          ended(section)
        }
      case .failure(let failure) where asked.notFoundIsEmpty && failure.receivedStatus == 404:
        ended(.success(reading.empty(fetchedAt: .now())))
      case .failure(let failure): ended(.failure(failure))
      }
    }
  }

  private func call(_ template: RequestTemplate, for request: DocumentRequest) -> UpstreamCall {
    let (path, body) = template.rendered(for: request.user)
    var call = UpstreamCall(
      method: template.method, target: path, body: body.map { ByteBuffer(string: $0) },
      identity: identity(from: request.identity), requestID: request.requestID)
    call.isHurried = request.isHurried
    return call
  }

  /// The caller's own headers that this upstream may see.
  private func identity(from fields: [HeaderField]) -> [HeaderField] {
    guard case .forward(let names) = client.definition.identity, !fields.isEmpty else { return [] }
    return fields.filter { names.contains($0.name) }
  }
}

extension Result where Failure == CallFailure {
  fileprivate var failure: CallFailure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
