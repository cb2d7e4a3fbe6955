/// The value of `Vary` for documents (RFC 9110 §12.5.5), made once for a configuration.
///
/// `Accept-Encoding`, and every field that some upstream is given of who asks: another value may get another document.
///
/// Not `Prefer`. RFC 7240 §2 asks for it where a preference makes a difference to what a cache does with an answer, and here there is
/// none that a cache could see: what `wait` and `handling=strict` bring about is a partial document or a problem, neither of which
/// is ever stored. A document that may be stored is complete, has the same bytes whatever was preferred, and satisfies every
/// preference. With `Prefer` in it a cache would only keep one document several times.
enum VaryText {
  static func make(identityFields: some Sequence<String>) -> String {
    let names = Set(identityFields.map { $0.lowercased() }).subtracting(["accept-encoding"])
    return (["accept-encoding"] + names.sorted()).joined(separator: ", ")
  }
}
