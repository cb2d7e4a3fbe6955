import Settings

/// What is said on a new connection before anything else, all in one go: `AUTH`, `SELECT`, `CLIENT SETNAME`, `PING`.
///
/// The `PING` finds out whether somebody answers behind the open port, and whether the server has loaded its data.
struct RedisHandshake: Sendable {
  enum Progress: Equatable {
    case goOn
    case done
    case fail(RedisError)
  }

  private enum Step: Sendable {
    case authentication, database, name, ping
  }

  let commands: [RedisCommand]
  private var expected: ArraySlice<Step>

  init(user: String? = nil, password: Secret? = nil, database: Int = 0, clientName: String? = nil) {
    var steps: [(Step, RedisCommand)] = []
    if let password {
      let login = (user.map { [.text($0)] } ?? []) + [RedisArgument.text(password.reveal())]
      steps.append((.authentication, RedisCommand(["AUTH"] + login)))
    }
    if database != 0 { steps.append((.database, RedisCommand(["SELECT", .integer(Int64(database))]))) }
    if let clientName { steps.append((.name, RedisCommand(["CLIENT", "SETNAME", .text(clientName)]))) }
    steps.append((.ping, .ping))
    commands = steps.map(\.1)
    expected = steps.map(\.0)[...]
  }

  /// The next reply has come.
  mutating func received(_ reply: RedisReply) -> Progress {
    guard let step = expected.popFirst() else { return .fail(.protocolViolation) }
    switch (step, reply) {
    case (_, .status): break
    case (.authentication, .error): return .fail(.authentication)
    case (.name, .error(let error)), (.ping, .error(let error)):
      // A user that may not do this may well do what matters.
      if error.code != "NOPERM", step == .ping || error.error == .authentication { return .fail(error.error) }
    case (.database, .error(let error)): return .fail(error.error)
    default: return .fail(.protocolViolation)
    }
    return expected.isEmpty ? .done : .goOn
  }
}
