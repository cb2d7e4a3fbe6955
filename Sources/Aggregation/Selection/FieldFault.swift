/// Why a list of fields is none.
package enum FieldFault: Error, Equatable {
  /// There is no such field, or nothing below it can be selected.
  case unknown(path: String)
  /// A name without characters, or that is no UTF-8.
  case malformed(path: String)
  /// More paths than ``FieldCatalogue/maximumPaths``, or a longer one than ``FieldCatalogue/maximumDepth``.
  case tooMany
}
