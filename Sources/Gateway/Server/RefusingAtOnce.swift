import Hummingbird
import NIOCore

/// Whoever is known to be over a limit is refused on the connection itself (``LimitGate``), in its turn (``RefusalQueue``). One that has left
/// meanwhile has been refused all the same: it is counted and written down.
extension ServerConnection {
  /// - Returns: false where the request has to be asked for; else it is answered, now or soon.
  func refuse(_ incoming: IncomingRequest) -> Bool {
    guard let gate, let context, let refusal = gate.refusal(of: incoming, from: peer, on: context.eventLoop) else { return false }
    let number = answerNumber
    let (request, prepared) = incoming.prepared(on: context.channel, from: peer, logger)
    // One within another would go as deep as there are requests in the pipeline.
    loop.refusals.add(isNested: isGivingAgain) { [self] in
      let (response, body) = gate.answer(refusal, to: request, prepared)
      guard number == answerNumber, !state.isClosed else { return }
      isGivingAgain = true
      defer { isGivingAgain = false }
      var answer = OutgoingAnswer(response, to: incoming, hasChunks: incoming.isHTTP11)
      _ = answer.outbox.add(body)
      self.answer = answer
      do { try finish(number) } catch { perform(state.answerFailed()) }
    }
    return true
  }
}

extension HTTP2Stream {
  /// - Returns: false where the request has to be asked for; else it is answered, now or soon.
  func refuse(_ incoming: IncomingRequest) -> Bool {
    guard let gate = connection.gate, let channel = connection.context?.channel,
      let refusal = gate.refusal(of: incoming, from: connection.peer, on: channel.eventLoop)
    else { return false }
    let prepared = incoming.prepared(on: channel, from: connection.peer, connection.logger)
    var context = prepared.context
    (context.isHTTP2, context.wantsReplay) = (true, false)
    connection.loop.refusals.add(isNested: false) { [self, context, request = prepared.request] in
      let (response, body) = gate.answer(refusal, to: request, context)
      guard !isAbandoned else { return }
      var answer = OutgoingAnswer(response, to: incoming, hasChunks: false)
      _ = answer.outbox.add(body)
      self.answer = answer
      do { try finish(0) } catch { fail() }
    }
    return true
  }
}
