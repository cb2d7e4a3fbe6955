package import Caching

/// A section is data: which upstream delivers it, how it is asked for, what it must look like.
package struct SectionDefinition: Sendable {
  /// Its key in `/consolidated` and in `metadata.sections`.
  package var name: String
  /// The upstream that delivers it.
  package var upstream: String
  /// How all of it is asked for.
  package var everything: SectionRequest
  /// How the part of one user is asked for; the same as `everything` where the section does not depend on the user.
  package var oneUser: SectionRequest
  /// How long its data is used, and for whom.
  package var cache: CachePolicy
  /// The members that its rows are known to have, as dotted paths from the section, for those who select some; empty: any.
  package var fields: [String] = []
  /// Whether its list is given in pages to those who want that.
  package var isPaged = false
  /// What its upstream can be told to leave out.
  package var filters: [SectionFilter] = []

  package init(
    name: String, upstream: String, everything: SectionRequest, oneUser: SectionRequest? = nil, cache: CachePolicy = CachePolicy()
  ) {
    self.name = name
    self.upstream = upstream
    self.everything = everything
    self.oneUser = oneUser ?? everything
    self.cache = cache
  }
}

/// A request for a section and the shape of its answer.
package struct SectionRequest: Sendable, Equatable {
  package var template: RequestTemplate
  package var shape: SectionShape
  /// Whether 404 means "there is none" (a user who does not exist) and not "this path is wrong".
  package var notFoundIsEmpty: Bool

  package init(_ template: RequestTemplate, shape: SectionShape, notFoundIsEmpty: Bool = false) {
    self.template = template
    self.shape = shape
    self.notFoundIsEmpty = notFoundIsEmpty
  }
}
