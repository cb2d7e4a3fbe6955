import Glibc
import Synchronization

/// What a person at a terminal is told; log lines go elsewhere.
enum Console {
  private static let lost = Atomic(false)

  /// Whether something that was to be said could not be: whoever asked for it does not have it.
  static var hasLost: Bool { lost.load(ordering: .relaxed) }

  /// To standard output, at once.
  static func say(_ line: String, terminator: String = "\n") { put(Array("\(line)\(terminator)".utf8)) }

  /// To standard error, at once.
  static func complain(_ line: String) { write(Array("\(line)\n".utf8), to: 2) }

  /// To standard output, as it is.
  static func put(_ bytes: [UInt8]) { write(bytes, to: 1) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if written == 0 || errno != EINTR {
        return lost.store(true, ordering: .relaxed)
      }
    }
  }
}
