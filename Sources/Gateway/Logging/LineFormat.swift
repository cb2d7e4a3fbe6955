import Glibc

/// How log lines look.
package enum LineFormat: String, Sendable, CaseIterable {
  /// JSON on a pipe or in a file, words on a terminal.
  case auto, json, text

  /// What `auto` comes to for `descriptor`.
  package func resolved(for descriptor: Int32) -> LineFormat {
    guard self == .auto else { return self }
    return isatty(descriptor) == 1 ? .text : .json
  }
}
