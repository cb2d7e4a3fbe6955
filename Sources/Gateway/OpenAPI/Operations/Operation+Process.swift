import HTTPTypes

extension Operation {
  static let getGreeting = Operation(
    id: "getGreeting", group: .health, summary: "Whether the gateway is there, and which version.",
    description: "Depends on nothing outside the process. 503 while it is about to end.",
    answers: [
      Answer(
        status: .ok, description: "It is there.", headers: [.cacheControl],
        content: Content(schema: .ref("Greeting"), example: "greeting"))
    ])

  static let getLiveness = Operation(
    id: "getLiveness", group: .health, summary: "Whether the process lives.",
    description: "For whoever restarts it. Answered however busy it is.",
    answers: [
      Answer(
        status: .ok, description: "It lives.", headers: [.cacheControl], content: Content(schema: .ref("Probe"), example: "probe")
      )
    ])

  static let getReadiness = Operation(
    id: "getReadiness", group: .health, summary: "Whether to send requests here.",
    description: "For balancers. 503 from the moment on when the process is told to end.",
    answers: [
      Answer(
        status: .ok, description: "Send them.", headers: [.cacheControl],
        content: Content(schema: .ref("Probe"), example: "probe")
      )
    ])

  static let getServicesHealth = Operation(
    id: "getServicesHealth", group: .health, summary: "How each service behind the gateway is.",
    description: """
      A report and no probe: always 200. It asks the services' light health endpoints, at most once a second, and counts what real \
      traffic has just shown.
      """,
    answers: [
      Answer(
        status: .ok, description: "What is known of each service.", headers: [.cacheControl, .rateLimit, .rateLimitPolicy],
        content: Content(schema: .ref("ServicesHealth"), example: "health"))
    ], problems: [.unauthorized, .tooManyRequests])
}
