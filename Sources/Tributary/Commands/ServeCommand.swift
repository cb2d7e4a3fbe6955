import ArgumentParser

struct ServeCommand: LastingCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the gateway.",
    discussion: """
      Settings come from a YAML file, over it environment variables (TRIBUTARY_SERVER_PORT is server.port; MICROSERVICE1_URL to \
      MICROSERVICE4_URL, PORT, LOG_LEVEL, REQUEST_TIMEOUT, MAX_RETRIES and RETRY_DELAY are understood too), over them these \
      options. It refuses to start on any problem that 'tributary check' would report. SIGTERM ends it gracefully, \
      SIGHUP reads the file again.

      Example: MICROSERVICE1_URL=http://users:8081 tributary serve --port 8005
      """)

  @OptionGroup var file: ConfigurationFileOption
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let read = { @Sendable [file, server] in ReadSettings(file: file.path, options: server.settings) }
    try await GatewayProcess(settings: read().orExit(), read: read).run()
  }
}
