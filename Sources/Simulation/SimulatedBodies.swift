import Aggregation
import Clients
import Gateway
package import NIOCore
package import Settings
import Upstreams

#if canImport(Glibc)
  import Glibc
#endif

/// What upstreams answer when they are well: files of the user's, what the fake services hold, or an empty body of the right shape.
package struct SimulatedBodies: Sendable {
  /// By name: `users.7` for a section and a user, `users` for a section or an upstream.
  private let files: [String: ByteBuffer]
  private let fakes = FakeAnswers()

  /// The bytes of the longest file.
  private static let limit = 16 << 20

  package init(files: [String: ByteBuffer] = [:]) { self.files = files }

  /// Reads every `NAME.json` of a folder.
  ///
  /// - Parameter names: of sections and upstreams; a file of another name is a problem.
  package static func read(folder: String, names: Set<String>) throws(Problem) -> SimulatedBodies {
    var files: [String: ByteBuffer] = [:]
    for file in try self.names(in: folder) where file.hasSuffix(".json") {
      let (name, path) = (String(file.dropLast(5)), "\(folder)/\(file)")
      guard names.contains(Self.owner(of: name)) else {
        throw Problem(
          .file(path), found: "a body of nobody",
          allowed: "NAME.json or NAME.USER_ID.json, with a NAME of \(names.sorted().joined(separator: ", "))")
      }
      do throws(FileBytes.Unreadable) {
        files[name] = ByteBuffer(bytes: try FileBytes.read(path: path, limit: Self.limit))
      } catch { throw Problem(.file(path), found: error.reason, allowed: "a readable file") }
    }
    return SimulatedBodies(files: files)
  }

  /// `users` of `users` and of `users.7`.
  private static func owner(of name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && Int64(parts[1]) != nil ? String(parts[0]) : name
  }

  private static func names(in folder: String) throws(Problem) -> [String] {
    guard let directory = opendir(folder) else {
      throw Problem(.file(folder), found: String(cString: strerror(errno)).lowercased(), allowed: "a folder with NAME.json")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        })
    }
    return names.sorted()
  }

  /// What the upstream answers to a question for one of its sections, or to another.
  ///
  /// - Parameter path: path and query, without the upstream's path prefix.
  func answer(_ question: StandIn.Question, at path: String, of section: SectionDefinition?, user: Int64?) -> StandIn.Answer {
    guard let section else { return .response(status: 404, body: ByteBuffer()) }
    let names = (user.map { ["\(section.name).\($0)"] } ?? []) + [section.name, section.upstream]
    if let body = names.lazy.compactMap({ files[$0] }).first { return .response(status: 200, body: body) }
    if section.isAsShipped, let service = ServiceName(rawValue: section.upstream),
      let answer = fakes.answer(of: service, method: question.method, target: path, body: question.body)
    {
      return .response(status: answer.status, body: answer.body)
    }
    let shape = user == nil ? section.everything.shape : section.oneUser.shape
    return .response(status: 200, body: ByteBuffer(string: shape == .objectAsList ? "{}" : shape.filler))
  }
}

extension SectionDefinition {
  /// Whether it is one that the fake services know.
  fileprivate var isAsShipped: Bool {
    SectionDefinition.defaults.contains {
      $0.name == name && $0.upstream == upstream && $0.everything == everything && $0.oneUser == oneUser
    }
  }

  /// Whether the question is for this section: of all, or of the user; with what it is told to leave out.
  func isAsked(by question: StandIn.Question, at path: String, for asked: RehearsedQuestion?) -> Bool {
    let template = asked?.user == nil ? everything.template : oneUser.template
    let (target, body) = template.filtered(by: applied(asked?.filters ?? [])).rendered(for: asked?.user)
    return question.method == template.method.rawValue && path == target
      && (body ?? "") == String(buffer: question.body)
  }
}
