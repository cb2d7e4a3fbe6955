/// What of a document is wanted, where not all of it is.
package struct DocumentView: Sendable {
  /// Nil: all fields.
  package var fields: FieldSelection?
  /// Places of each ranking, 1 … 100.
  package var top = 5
  /// Nil: lists are whole.
  package var page: PageRequest?

  package init(fields: FieldSelection? = nil, top: Int = 5, page: PageRequest? = nil) {
    (self.fields, self.top, self.page) = (fields, top, page)
  }
}

/// A document of which not all was wanted.
package struct SelectedDocument: Sendable {
  package let document: Document
  /// Where its lists go on; nil where all of them have ended, or none is given in pages.
  package let next: String?
  /// A list is another one than the cursor was made for: there is no next page, and no document.
  package let hasChanged: Bool
  /// Bytes that have to be gone through to make it.
  let size: Int
}
