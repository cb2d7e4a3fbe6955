import Clients
import EventLoops
import NIOCore
import RawJSON
import Resilience

/// Delivers one section: renders its request, calls its upstream, reads the answer. Whatever goes wrong is a case of the outcome.
final class SectionSource: SectionDelivery {
  let place: SectionPlace
  let reader: SectionReader
  private let definition: SectionDefinition
  private let client: UpstreamClient
  private let everything: SectionReading
  private let oneUser: SectionReading
  /// By which any answer can be purged: one array for all that are kept.
  private let tags: [String]

  init(_ definition: SectionDefinition, client: UpstreamClient, reader: SectionReader) {
    self.definition = definition
    place = SectionPlace(
      section: definition.name, upstream: definition.upstream, serviceLabel: client.definition.label)
    self.client = client
    self.reader = reader
    everything = SectionReading(section: definition.name, shape: definition.everything.shape)
    oneUser = SectionReading(section: definition.name, shape: definition.oneUser.shape)
    tags = [definition.name]
  }

  func fetch(
    for request: DocumentRequest, use: SectionUse, _ completion: @escaping (SectionOutcome) -> Void
  ) -> (any SectionFetch)? {
    let started = NIODeadline.now()
    let question = question(for: request)
    let ended = { [place] (result: Result<Section, CallFailure>) in
      let took = Duration.nanoseconds((NIODeadline.now() - started).nanoseconds)
      completion(
        SectionOutcome(place: place, filler: question.reading.filler, result: SectionOutcome.Result(result), took: took))
    }
    let eventLoop = request.eventLoop
    return ask(question.call, on: eventLoop, until: request.deadline) { [reader] call, outcome in
      switch outcome {
      case .success(let reply) where reply.isNotFound:
        call.judged(nil)
        ended(.success(question.reading.empty(fetchedAt: reader.clock.now())))
      case .success(let reply):
        reader.read(reply.body, as: question.reading, for: use, on: eventLoop) { section in
          question.tell(section)
          call.judged(section.failure)
          ended(section)
        }
      case .failure(let failure): ended(.failure(failure))
      }
    }
  }

  /// Must be called on `eventLoop`; see ``UpstreamClient/start(_:on:until:_:)``.
  func ask(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline,
    _ completion: @escaping (CallInFlight, CallInFlight.Outcome) -> Void
  ) -> CallInFlight {
    client.start(call, on: eventLoop, until: deadline, completion)
  }

  /// What the upstream is asked on behalf of this caller, and how its answer is read.
  func question(for request: DocumentRequest) -> SectionQuestion {
    let asked = request.user == nil ? definition.everything : definition.oneUser
    let (path, body) = asked.template.filtered(by: definition.applied(request.filters)).rendered(for: request.user)
    var call = UpstreamCall(
      method: asked.template.method, target: path, body: body.map { ByteBuffer(string: $0) },
      identity: identity(of: request), requestID: request.requestID)
    call.isHurried = request.isHurried
    call.acceptsNotFound = asked.notFoundIsEmpty
    call.trail = request.timeline.map { SectionTrail($0, section: place.section) }
    let user = request.user.flatMap { asked.template.needsUser ? $0 : nil }
    return SectionQuestion(
      call: call, reading: reading(for: request), tags: user.map { tags + ["user:\($0)"] } ?? tags)
  }

  /// Whether one user is another question than everybody.
  var dependsOnUser: Bool { definition.everything != definition.oneUser }

  func reading(for request: DocumentRequest) -> SectionReading { request.user == nil ? everything : oneUser }

  /// The caller's own headers that this upstream may see.
  func identity(of request: DocumentRequest) -> [HeaderField] {
    guard case .forward(let names) = client.definition.identity, !request.identity.isEmpty else { return [] }
    return request.identity.filter { names.contains($0.name) }
  }
}

/// What a section's upstream is asked on behalf of one caller.
struct SectionQuestion: Sendable {
  var call: UpstreamCall
  let reading: SectionReading
  /// By which the answer can be purged.
  let tags: [String]

  /// Writes to the timeline how reading a body ended.
  func tell(_ section: Result<Section, CallFailure>) {
    guard let trail = call.trail else { return }
    switch section {
    case .success(let section): trail.add(.read(section))
    case .failure(let failure): trail.add(.unreadable(failure))
    }
  }
}

extension Result where Failure == CallFailure {
  fileprivate var failure: CallFailure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
