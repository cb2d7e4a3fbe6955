import Clients
import Logging

/// Looks after the certificates of all listeners while the process runs.
struct CertificateWatch: Sendable {
  /// By the key of their block.
  let listeners: [(scope: String, security: ServerSecurity)]
  let logger: Logger

  /// From one look to the next, which costs a `stat` a file.
  static let interval = Duration.seconds(2)

  /// Until the task is cancelled; at once where there are no certificates.
  func run() async {
    guard !listeners.isEmpty else { return }
    while true {
      do { try await Task.sleep(for: Self.interval) } catch { return }
      look()
    }
  }

  func look(isAsked: Bool = false) {
    for (scope, security) in listeners {
      switch security.look(isAsked: isAsked) {
      case .unchanged: break
      case .replaced: logger.notice("Certificate replaced", metadata: ["config.key": "\(scope)"])
      case .kept(let fault):
        logger.error(
          "Certificate not replaced, the old one stays in use",
          metadata: ["config.problem": "\(scope).\(fault.key): found \(fault.found), allowed: \(fault.allowed)"])
      }
    }
  }
}
