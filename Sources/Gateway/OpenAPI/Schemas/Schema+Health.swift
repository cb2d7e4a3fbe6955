import Clients

extension Schema {
  /// What is told of the services, and of the process.
  static let health: [(name: String, schema: Schema)] = [
    (
      "ServicesHealth",
      Schema(
        .map(
          ["microservice1", "microservice2", "microservice3", "microservice4"].map { .maybe($0, .string(sentence)) } + [
            .always("services", Schema(.map([], of: .ref("ServiceHealth")), "A member for each service, by its name."))
          ], of: .string(sentence)),
        "A line for each service, and what it rests on.")
    ),
    (
      "ServiceHealth",
      .object(
        [
          .always("state", .word(["healthy", "unhealthy", "timeout"])),
          .always("latency_ms", .number("Of the last look, in milliseconds.")), .always("checked_at", .moment()),
          .always("last_success_at", Schema.moment().orNull),
          .always("circuit", .word(CircuitGate.Word.allCases.map(\.rawValue), "`open`: it is not asked at present.")),
          .always("success_rate", .number("From 0 to 1, over the last looks and calls.")),
        ])
    ),
    (
      "Greeting",
      .object(
        [
          .always("status", .word(["ok"])), .always("service", .word(["tributary"])), .always("version", .string()),
          .always("message", .string()),
        ])
    ),
    ("Probe", .object([.always("status", .word(["ok"]))])),
  ]

  private static let sentence = "`healthy`, `timeout` or `unhealthy: ` and the reason."

  private static func object(_ members: [Member]) -> Schema { object("", members) }
}
