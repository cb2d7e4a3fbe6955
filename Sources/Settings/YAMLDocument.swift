import Yams

/// The tree that Yams composes of a checked text, or the one fault that ended parsing.
///
/// Yams ends at a repeated key and names only its first place. So that one repetition does not hide all other problems, the first
/// occurrence is marked (a private-use character before its name) and the text is composed again; `YAMLWalk` takes the mark off
/// and reports both places. Lines do not move.
struct YAMLDocument {
  /// Nil for an empty file, and where parsing failed.
  private(set) var root: Node?
  private(set) var faults: [YAMLFault] = []

  /// Rounds of marking: more repeated keys than this are reported without the rest of the file.
  private static let markLimit = 32

  init(composing text: String) {
    var text = text
    for round in 0...Self.markLimit {
      do {
        // `.basic` resolves no types: every scalar is text, and a key `1` is the same as a key `"1"`.
        root = try Yams.compose(yaml: text, .basic, .default, .utf8)
        return
      } catch let YamlError.duplicatedKeysInMapping(keys, context) {
        if round < Self.markLimit, let marked = Self.marking(keyAt: context.mark, in: text) {
          text = marked
        } else {
          faults = [Self.repeated(keys.first ?? "", line: context.mark.line)]
          return
        }
      } catch let error as YamlError {
        faults = [Self.fault(error, in: text)]
        return
      } catch {
        faults = [YAMLFault(line: nil, found: "YAML that cannot be read", allowed: "a YAML mapping")]
        return
      }
    }
  }

  private static func repeated(_ key: String, line: Int) -> YAMLFault {
    let name = String(String.UnicodeScalarView(key.unicodeScalars.filter { $0 != YAMLText.repeatedKeyMark }))
    return YAMLFault(line: line, found: "the key \(Wording.quoted(name)) more than once", allowed: "each key once")
  }

  /// The text with the mark before the key at this place (inside its quotes, if it has them); nil if the key is not a plain one.
  private static func marking(keyAt mark: Mark, in text: String) -> String? {
    var scalars = Array(text.unicodeScalars)
    guard var index = offset(of: mark, in: scalars), index < scalars.count else { return nil }
    if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard index < scalars.count, !"[{&*!|>?:-#%@`\n".unicodeScalars.contains(scalars[index]) else { return nil }
    scalars.insert(YAMLText.repeatedKeyMark, at: index)
    return String(String.UnicodeScalarView(scalars))
  }

  /// Lines and columns count from 1, columns in scalars.
  private static func offset(of mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
    var line = 1
    var start = 0
    while line < mark.line {
      guard let end = scalars[start...].firstIndex(of: "\n") else { return nil }
      start = end + 1
      line += 1
    }
    let (index, overflow) = start.addingReportingOverflow(mark.column - 1)
    return overflow || index < 0 ? nil : index
  }

  /// The parser's own words: constant texts, never a part of the file.
  private static func fault(_ error: YamlError, in text: String) -> YAMLFault {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return fault(problem, context: context, mark: mark, in: text)
    case .reader(let problem, _, _, _):
      return YAMLFault(line: nil, found: "YAML that cannot be read (\(problem))", allowed: "a YAML mapping")
    default:
      return YAMLFault(line: nil, found: "YAML that cannot be read", allowed: "a YAML mapping")
    }
  }

  private static func fault(_ problem: String, context: YamlError.Context?, mark: Mark, in text: String) -> YAMLFault {
    let scalars = Array(text.unicodeScalars)
    if let index = offset(of: mark, in: scalars), index < scalars.count, scalars[index] == "\t" {
      return YAMLFault(line: mark.line, found: "a tab in the indentation", allowed: "spaces")
    }
    // An open quote or bracket is found at the end of the file; where it begins is of more use.
    let line = problem.contains("end of stream") ? context?.mark.line ?? mark.line : mark.line
    let reason = [context?.text, problem].compactMap(\.self).joined(separator: ": ")
    return YAMLFault(line: line, found: "YAML that cannot be read (\(reason))", allowed: "a YAML mapping")
  }
}
