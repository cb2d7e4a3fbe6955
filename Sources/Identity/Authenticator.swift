import EventLoops
package import NIOCore
package import Resilience

/// Finds out who calls, by token or API key, as the configuration has it. Another configuration is another authenticator: nothing
/// that was proved under the one is known to the other.
package struct Authenticator: Authenticating {
  package let configuration: IdentityConfiguration
  private let loops: LoopLocal<LoopIdentity>
  private let remoteKeys: RemoteKeys?
  private let apiKeyWatch: APIKeyWatch?

  /// Reads the files, and begins to fetch the issuer's keys without waiting for them. Must be shut down in the end.
  ///
  /// - Parameters:
  ///   - group: the event loops that requests come on.
  ///   - tell: what happens to keys, for the log. On any thread, at most twice a minute for the issuer and once a second for the
  /// file.
  /// - Throws: where a key or the file of API keys is not what it was when the configuration was read.
  package init(
    _ configuration: IdentityConfiguration, on group: any EventLoopGroup,
    tell: @escaping @Sendable (IdentityEvent) -> Void = { _ in }
  ) async throws {
    var keys: [VerificationKey] = []
    for definition in configuration.tokens.keys { keys.append(try await definition.key()) }
    let file = configuration.modes.contains(.apiKey) ? configuration.apiKeyFile.map(APIKeyFile.init(path:)) : nil
    let first = file.flatMap { APIKeyFile.Change(of: $0, since: nil) }
    let (known, apiKeys) = (keys, try first?.keys.get() ?? [])
    let loops = try await LoopLocal(group) { _ in LoopIdentity(configuration, keys: known, apiKeys: apiKeys) }
    self.configuration = configuration
    self.loops = loops
    remoteKeys =
      if let remote = configuration.tokens.remote, configuration.modes.contains(.jwt) {
        try await RemoteKeys(remote, on: group, tell: tell) { keys in
          // It fails only when the loops have stopped.
          do { try await loops.onEachLoop { $0.install(keys) } } catch {}
        }
      } else { nil }
    apiKeyWatch =
      if let file {
        try await APIKeyWatch(file, known: first?.stamp, on: group.next(), tell: tell) { keys in
          for loop in group.makeIterator() { loop.execute { loops[loop].install(keys) } }
        }
      } else { nil }
    if file != nil {
      tell(first == nil ? .apiKeysNotRead(reason: "the file is not there") : .apiKeysRead(count: apiKeys.count))
    }
    remoteKeys?.begin()
  }

  package func remembered(_ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop) -> Principal? {
    do throws(AuthenticationFailure) {
      return loops[eventLoop].remembered(try PresentedCredential(credentials, for: configuration), at: now)
    } catch {
      // What is wrong with it is for `authenticate` to say.
      return nil
    }
  }

  package func authenticate(
    _ credentials: Credentials, at now: Timestamp, on eventLoop: any EventLoop
  ) async throws(AuthenticationFailure) -> Principal {
    switch try PresentedCredential(credentials, for: configuration) {
    case .apiKey(let text): return try loops[eventLoop].verify(apiKey: text, at: now)
    case .token(let token):
      do throws(TokenFault) { return try loops[eventLoop].verify(token, at: now) } catch {
        guard error == .unknownKey, let remoteKeys else { throw AuthenticationFailure(error) }
        guard await remoteKeys.refreshed() else { throw failure(on: eventLoop) }
      }
      do throws(TokenFault) { return try loops[eventLoop].verify(token, at: now) } catch {
        throw error == .unknownKey ? failure(on: eventLoop) : AuthenticationFailure(error)
      }
    }
  }

  /// Why a key is not known.
  private func failure(on eventLoop: any EventLoop) -> AuthenticationFailure {
    loops[eventLoop].isComplete ? AuthenticationFailure(.unknownKey) : .keysUnavailable
  }

  /// Ends what it does behind the requests; those that wait for keys are refused.
  package func shutDown() async throws {
    try await remoteKeys?.shutDown()
    try await apiKeyWatch?.shutDown()
  }
}
