import Aggregation
import Hummingbird
import Identity
import NIOCore
import Resilience

/// What one configuration makes of who may ask: how callers prove who they are, and what each of them may.
struct AccessPolicy: Sendable {
  let schemes: CredentialSchemes
  private let authenticator: (any Authenticating)?
  /// Whose identity headers are believed; nil: nobody's.
  private let proxies: TrustedProxies?
  private let authorization: Authorization
  /// Where nobody is asked.
  let publicPaths: Set<String>
  private let lookup: UserLookup?
  /// Whether who brings nothing is let in, as nobody.
  let allowsAnonymous: Bool

  /// - Parameters:
  ///   - authenticator: nil where there are no credentials.
  ///   - lookup: used if the configuration wants it.
  init(
    _ configuration: SecurityConfiguration, authenticator: (any Authenticating)?, schemes: CredentialSchemes,
    allowsAnonymous: Bool = false, lookup: UserLookup? = nil
  ) {
    self.allowsAnonymous = allowsAnonymous
    self.lookup = configuration.authorization.userLookup == .section ? lookup : nil
    self.authenticator = authenticator
    self.schemes = authenticator == nil ? [] : schemes
    proxies = configuration.trustsIdentityHeaders ? configuration.trustedProxies : nil
    authorization = configuration.authorization
    let open = ProcessRoutes.paths.union(PageRoutes.paths)
    publicPaths = configuration.isHealthPublic ? open.union([HealthRoute.path]) : open
  }

  /// Off, everybody is answered, and headers are passed on as they come.
  var isOn: Bool { authenticator != nil || proxies != nil }

  /// Whether a request has to say who sends it: all but probes, and those that ask for the options of a path. What no route is at is
  /// no exception: a path that is forgotten here is closed.
  func asks(_ request: Request) -> Bool {
    isOn && request.method != .options && !publicPaths.contains(request.uri.path)
  }

  /// Whether there is anybody whose identity headers count.
  var believesProxies: Bool { proxies != nil }

  func believes(_ peer: IPAddress?) -> Bool { proxies?.contains(peer) ?? false }

  /// Who sends it; nil is nobody, who may be let in. A credential comes before what a proxy says.
  func principal(of request: Request, _ context: GatewayContext) async throws(AuthenticationFailure) -> Principal? {
    let credentials = Credentials(request.headers)
    guard let authenticator, !credentials.isEmpty else {
      if believes(context.peer), let principal = try ProxyIdentity.principal(request.headers) { return principal }
      if allowsAnonymous { return nil }
      throw .missing
    }
    if credentials.isRepeated { throw .invalid(reason: "repeated") }
    let now = Timestamp.now()
    if let known = authenticator.remembered(credentials, at: now, on: context.eventLoop) { return try known.valid(at: now) }
    return try await authenticator.authenticate(credentials, at: now, on: context.eventLoop).valid(at: now)
  }

  /// The same principal, and which user it is, where that has to be known and can be.
  ///
  /// - Parameter request: on behalf of which it is looked up.
  func known(_ principal: Principal?, _ request: @autoclosure () -> DocumentRequest) async throws(Problem) -> Principal? {
    // An ADMIN may ask for everybody, whoever it is.
    guard let lookup, var principal, principal.proof == .token, principal.role == .user, principal.userID == nil else {
      return principal
    }
    switch await lookup.user(withEmail: principal.subject, for: request()) {
    case .user(let id): principal.userID = id
    case .unknown: break
    case .unavailable: throw .unverifiable
    }
    return principal
  }

  /// Whether who asks is told what happened to the request.
  ///
  /// - Parameter isOpen: whether everybody is, where nobody has to say who he is.
  func explains(to principal: Principal?, isOpen: Bool) -> Bool { isOn ? principal?.isOperator ?? false : isOpen }

  /// Whose data the answer is about; nil is everybody's.
  func user(askedFor asked: Int64?, _ context: GatewayContext) throws(Problem) -> Int64? {
    guard isOn else { return asked }
    guard let principal = context.principal else {
      if allowsAnonymous { return asked }
      throw .unauthorized(.missing, schemes: schemes)
    }
    do {
      return try authorization.user(askedFor: asked, by: principal)
    } catch {
      context.record.refusal = error.rawValue
      throw .forbidden
    }
  }
}

extension Principal {
  /// Whatever is remembered of it elsewhere, nobody outlives its proof.
  fileprivate func valid(at now: Timestamp) throws(AuthenticationFailure) -> Principal {
    if let expires, expires <= now { throw .expired }
    return self
  }
}
