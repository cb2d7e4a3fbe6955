import Identity
import Settings

/// Who may ask for whose data (`authorization`): an ADMIN for everybody's, a USER for its own.
package struct Authorization: Sendable, Equatable {
  /// Whether a USER who names nobody asks for its own; otherwise for everybody's, which it may not.
  package var defaultsToOwn = false
  package var userLookup = UserLookupPlace.none

  /// Where it is looked up which user a token is of that does not say so.
  package enum UserLookupPlace: String, Sendable, CaseIterable {
    case none
    /// Its subject is an e-mail address of the section `users`.
    case section
  }

  package init() {}

  /// - Parameter settings: the scope `authorization`.
  init(reading settings: SettingsReader) {
    defaultsToOwn = settings.flag("default_to_own", default: defaultsToOwn)
    userLookup = settings.choice("user_lookup", default: userLookup)
  }

  /// Why a request is not allowed; the raw value is the word in the log. Clients are told one thing for all of them.
  enum Denial: String, Error {
    /// A USER asks for another one.
    case otherUser = "other_user"
    /// A USER asks for everybody.
    case everybody
    /// A USER of whom nobody knows which one it is.
    case unknownUser = "unknown_user"
  }

  /// Whose data the answer is about; nil is everybody's.
  ///
  /// - Parameter asked: `user_id`.
  func user(askedFor asked: Int64?, by principal: Principal) throws(Denial) -> Int64? {
    switch principal.role {
    case .admin: return asked
    case .user:
      guard let own = principal.userID else { throw .unknownUser }
      guard let asked else {
        guard defaultsToOwn else { throw .everybody }
        return own
      }
      guard asked == own else { throw .otherUser }
      return own
    }
  }
}
