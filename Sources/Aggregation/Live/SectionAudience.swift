import Clients

/// Those who are given the same answer of one section: on whose behalf its upstream is asked the very same. Whoever differs in anything
/// that the upstream is told is another audience; what is kept for them is kept under keys of the same things.
struct SectionAudience: Hashable {
  /// Nil where the answer is the same for all users.
  private let user: Int64?
  /// Names and values by turns, as bytes: texts that only look alike are two.
  private let identity: [[UInt8]]

  init(user: Int64?, identity: [HeaderField]) {
    self.user = user
    self.identity = identity.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] }
  }
}

extension SectionSource {
  func audience(of request: DocumentRequest) -> SectionAudience {
    SectionAudience(user: dependsOnUser ? request.user : nil, identity: identity(of: request))
  }
}

extension CachedSectionSource {
  func audience(of request: DocumentRequest) -> SectionAudience { source.audience(of: request) }
}
