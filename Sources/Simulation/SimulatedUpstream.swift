import Aggregation
import Clients
import Gateway
import NIOCore
import RawJSON

extension StandIn {
  /// Stands in for one upstream of a scenario.
  ///
  /// - Parameters:
  ///   - sections: all of the configuration.
  ///   - asked: what the request's query asks for; nil where it is refused.
  ///   - failure: nil: it is well.
  init(
    for upstream: UpstreamDefinition, sections: [SectionDefinition], bodies: SimulatedBodies, asked: RehearsedQuestion?,
    failure: SimulatedFailure?
  ) {
    let sections = sections.filter { $0.upstream == upstream.name }
    self.init { question in
      if let failure { return failure.answer }
      let path = String(question.target.dropFirst(upstream.pathPrefix.count))
      if case .signIn(let rule) = upstream.identity, path == rule.path { return .signedIn(rule) }
      let section = sections.first { $0.isAsked(by: question, at: path, for: asked) }
      return bodies.answer(question, at: path, of: section, user: asked?.user)
    }
  }
}

extension StandIn.Answer {
  /// With a token that opens nothing.
  fileprivate static func signedIn(_ rule: SignInRule) -> StandIn.Answer {
    var writer = JSONWriter(capacity: 64)
    writer.object { writer in
      writer.key(named: rule.member)
      writer.string("simulated")
    }
    return .response(status: 200, body: ByteBuffer(bytes: writer.bytes))
  }
}
