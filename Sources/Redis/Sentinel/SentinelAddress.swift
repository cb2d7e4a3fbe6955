import NIOCore

/// Asks sentinels where the master is: each time that a connection is made, so that a new master is found as soon as the old one is
/// lost or says that it is a replica now. Belongs to its event loop.
final class SentinelAddress: RedisAddressSource {
  private let sentinels: [RedisEndpoint]
  private let master: String
  private let connector: RedisConnector
  /// The one that answered last is asked first.
  private var first = 0

  /// - Parameter setup: of the connections to the sentinels; they have passwords of their own.
  init(sentinels: [RedisEndpoint], master: String, setup: RedisSetup, eventLoop: any EventLoop) {
    self.sentinels = sentinels
    self.master = master
    self.connector = RedisConnector(setup: setup, eventLoop: eventLoop)
  }

  var isDynamic: Bool { true }

  func find(_ answer: @escaping (RedisEndpoint?) -> Void) { ask(0, answer) }

  private func ask(_ tried: Int, _ answer: @escaping (RedisEndpoint?) -> Void) {
    guard tried < sentinels.count else { return answer(nil) }
    let index = (first + tried) % sentinels.count
    let question = SentinelQuestion(master: master, until: .now() + connector.setup.connectTimeout) { found in
      guard let found else { return self.ask(tried + 1, answer) }
      self.first = index
      answer(found)
    }
    connector.open(sentinels[index], for: question) { _ in question.answered(nil) }
  }
}

/// One question on one connection.
private final class SentinelQuestion: RedisConnectionOwner {
  private let master: String
  private let deadline: NIODeadline
  private var answer: ((RedisEndpoint?) -> Void)?

  init(master: String, until deadline: NIODeadline, _ answer: @escaping (RedisEndpoint?) -> Void) {
    self.master = master
    self.deadline = deadline
    self.answer = answer
  }

  func answered(_ endpoint: RedisEndpoint?) { answer.take()?(endpoint) }

  func ready(_ connection: RedisConnection) {
    let question = RedisCommand(["SENTINEL", "get-master-addr-by-name", .text(master)])
    connection.send(
      RedisCall(question, until: deadline) { outcome in
        self.answered(Self.endpoint(outcome))
        connection.retire()
      })
  }

  func retired(_ connection: RedisConnection) {}
  func closed(_ connection: RedisConnection, _ error: RedisError) { if error != .cancelled { answered(nil) } }

  private static func endpoint(_ outcome: RedisOutcome) -> RedisEndpoint? {
    guard case .success(.array(let words)) = outcome, words.count == 2 else { return nil }
    guard case .string(let host) = words[0], case .string(let port) = words[1] else { return nil }
    guard 1...253 ~= host.readableBytes, let port = Int(String(buffer: port)), 1...65_535 ~= port else { return nil }
    return .tcp(host: String(buffer: host), port: port)
  }
}
