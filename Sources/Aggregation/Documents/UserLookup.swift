import Clients
import Synchronization

/// Which user an e-mail address belongs to, by the section `users`, as it is cached for everybody.
package final class UserLookup: Sendable {
  package enum Answer: Sendable, Equatable {
    case user(Int64)
    /// There is no such user, or more than one.
    case unknown
    /// The section is not there: nobody can tell.
    case unavailable
  }

  /// What has been found in one version of the section.
  private struct Memory {
    var version: UInt64 = 0
    /// By the bytes of the address: texts that only look alike are two users.
    var users: [[UInt8]: Answer] = [:]
  }

  private let source: any SectionDelivery
  private let memory = Mutex(Memory())

  /// Addresses are remembered up to this many; others are looked for each time.
  private static let limit = 10_000

  init(_ source: any SectionDelivery) { self.source = source }

  /// Must run on the request's loop.
  ///
  /// - Parameter request: for everybody and without any identity: the service is asked with its own credential.
  package func user(withEmail email: String, for request: DocumentRequest) async -> Answer {
    let outcome = await SectionFanOut.fetch([source], for: request, use: .compute).first
    guard let section = outcome?.section, case .users(let directory) = section.facts else { return .unavailable }
    guard let version = outcome?.cache?.version else { return Self.answer(directory, email) }
    let address = Array(email.utf8)
    if let known = memory.withLock({ $0.version == version ? $0.users[address] : nil }) { return known }
    let answer = Self.answer(directory, email)
    memory.withLock { memory in
      if memory.version != version { memory = Memory(version: version) }
      if memory.users.count < Self.limit { memory.users[address] = answer }
    }
    return answer
  }

  private static func answer(_ directory: UserDirectory, _ email: String) -> Answer {
    directory.user(withEmail: email).map { .user($0) } ?? .unknown
  }
}
